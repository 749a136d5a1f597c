"""A form in several steps. The draft keeps what is typed, right or wrong, and is checked each time it is read."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse


@dataclass(frozen=True)
class Step:
    slug: str
    key: str
    label: str
    heading: str


REVIEW = Step("granska", "review", "Granska", "Granska och skicka")


@dataclass(frozen=True)
class Way:
    """The steps in order and the review at their end, and the URL names of a step and of the review."""

    steps: tuple[Step, ...]
    step_name: str
    review_name: str

    def find(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    def after(self, step: Step) -> Step:
        return (*self.steps, REVIEW)[self.steps.index(step) + 1]

    def url(self, step: Step, token: str) -> str:
        if step is REVIEW:
            return reverse(self.review_name, args=[token])
        return reverse(self.step_name, args=[token, step.slug])


class Draft:
    """A whole draft, read through its forms: one, bound to what was typed, for each step."""

    WAY: ClassVar[Way]

    def __init__(self, typed: dict[str, Any], forms: dict[str, Any]) -> None:
        self.typed, self.forms = typed, forms
        # a step that nobody has opened is not done, even if nothing in it is required
        self.valid = {key: form.is_valid() and key in typed for key, form in forms.items()}

    @property
    def complete(self) -> bool:
        return all(self.valid.values())

    def next_url(self, token: str) -> str:
        """The first step that is not done, or the review."""
        return self.WAY.url(next((s for s in self.WAY.steps if not self.valid[s.key]), REVIEW), token)

    def onward(self, here: Step, token: str) -> str:
        """Where one goes from `here`: to the next step, or straight to the review when all of it is done."""
        return self.WAY.url(REVIEW if self.complete else self.WAY.after(here), token)

    def rows(self, token: str) -> list[dict[str, Any]]:
        """The steps for the progress line and the check list."""
        return [
            {
                "label": step.label,
                "heading": step.heading,
                "done": self.valid.get(step.key, False),
                "started": bool(self.typed.get(step.key)),
                "url": self.WAY.url(step, token),
            }
            for step in (*self.WAY.steps, REVIEW)
        ]
