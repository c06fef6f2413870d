import { expect, test } from "vitest";
import { address, type Answer, type Asked } from "./api";
import { readMe } from "./me";

test("the parts of a path are filled in so that none of them is taken for more of it", () => {
  expect(address("/api/consultations/{consultation}/{act}", { path: { consultation: "a/b?c", act: "close" } })).toBe("/api/consultations/a%2Fb%3Fc/close");
});

test("of a query what is not said is left out", () => {
  expect(address("/api/consultations", { query: { department: "d 1", after: undefined, count: 0, of: null } })).toBe("/api/consultations?department=d+1&count=0");
  expect(address("/api/me", {})).toBe("/api/me");
});

test("each house is called by its name, or where it has none by its id", () => {
  const said = { id: "1", name: "陈予安", role: "expert", institution: "i", departments: ["d", "e"], houses: { i: "市医院", d: "神经内科" }, csrf: "t", presence: "here" } as const;
  expect(readMe({ ...said, departments: [...said.departments] })).toMatchObject({
    institution: { id: "i", name: "市医院" }, departments: [{ id: "d", name: "神经内科" }, { id: "e", name: "e" }],
  });
});

test("a call is typed by the server's description: these lines do not compile when it says something else", () => {
  const taken: Asked<"post", "/auth/login"> = { body: { name: "n", password: "p" } };
  // @ts-expect-error a body that lacks what the server requires
  const lacking: Asked<"post", "/auth/login"> = { body: { name: "n" } };
  // @ts-expect-error a path without its part
  const bare: Asked<"get", "/api/consultations/{consultation}"> = {};
  const state = (one: Answer<"get", "/api/consultations/{consultation}">): string => one.state;
  // @ts-expect-error what the server does not answer
  const nothing = (one: Answer<"get", "/api/consultations/{consultation}">): unknown => one.weather;
  expect([taken, lacking, bare, state, nothing]).toHaveLength(5);
});
