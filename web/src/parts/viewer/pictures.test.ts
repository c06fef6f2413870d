import { beforeEach, expect, test, vi } from "vitest";
import { Pictures } from "./pictures";

beforeEach(() => {
  let made = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${(made += 1)}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
});

test("a picture is fetched once, however often it is looked at", async () => {
  const fetch = vi.fn(() => Promise.resolve(new Blob()));
  const pictures = new Pictures(fetch);
  expect(await Promise.all([pictures.get("/a"), pictures.get("/a")])).toEqual(["blob:1", "blob:1"]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("a failure is not remembered", async () => {
  const fetch = vi.fn<() => Promise<Blob>>().mockRejectedValueOnce(new Error("away")).mockResolvedValue(new Blob());
  const pictures = new Pictures(fetch);
  await expect(pictures.get("/a")).rejects.toThrow("away");
  await expect(pictures.get("/a")).resolves.toBe("blob:1");
});

test("the oldest give way, and their memory is given back", async () => {
  const pictures = new Pictures(() => Promise.resolve(new Blob()));
  for (let index = 0; index < 245; index += 1) await pictures.get(`/${index}`);
  expect(URL.revokeObjectURL).toHaveBeenCalledTimes(5);
  expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:1");
});
