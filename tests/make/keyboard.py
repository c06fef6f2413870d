"""A person without a mouse: Tab until it is reached, then Enter, the arrows, and words typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Role = Literal["button", "link"]
FARTHEST = 250  # presses of Tab: more than any page has stops
HAS_FOCUS = "one => one === document.activeElement || one.contains(document.activeElement)"


@dataclass(frozen=True)
class Keyboard:
    """The keyboard at one page. Nothing here clicks, and no script moves the focus."""

    page: Page

    def reach(self, what: Locator) -> None:
        """Tab until it, or something in it, has the focus."""
        expect(what).to_be_visible()
        for _ in range(FARTHEST):
            if what.evaluate(HAS_FOCUS):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by Tab: {what}")

    def press(self, role: Role, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """A button (Enter) or a link, the first of that name."""
        place = within if within is not None else self.page.locator("body")
        self.reach(place.get_by_role(role, name=name, exact=isinstance(name, str)).first)
        self.page.keyboard.press("Enter")

    def write(self, label: str, words: str) -> None:
        """Into a field by its label, in place of what stands in it."""
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def choose(self, group: Locator, name: str | re.Pattern[str]) -> None:
        """One radio of a group: Tab goes to the group, the arrows and the space bar choose in it."""
        wanted = group.get_by_role("radio", name=name, exact=isinstance(name, str))
        expect(wanted).to_have_count(1)
        self.reach(group)
        for _ in range(group.get_by_role("radio").count() + 1):
            if wanted.is_checked():
                return
            self.page.keyboard.press("Space" if wanted.evaluate(HAS_FOCUS) else "ArrowDown")
        raise AssertionError(f"not chosen by the arrows: {name}")

    def pick(self, label: str, option: str) -> None:
        """One line of a list that opens beneath its field."""
        self.reach(self.page.get_by_role("combobox", name=label))
        self.page.keyboard.press("ArrowDown")
        lines = self.page.locator(".ant-select-item-option")
        expect(lines.first).to_be_visible()
        for _ in range(lines.count() + 1):
            if option in self.page.locator(".ant-select-item-option-active").inner_text():
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"not in the list: {option}")
