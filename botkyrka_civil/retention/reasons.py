"""Why a table is kept, on what legal basis and for how long: the policy, as one person is told of one table."""

from dataclasses import dataclass

from . import policy


@dataclass(frozen=True)
class Reason:
    purpose: str
    bases: tuple[policy.Basis, ...]
    kept: str
    seen_by: str

    @property
    def basis(self) -> str:
        """Their names; what each means is told once."""
        return ", ".join([*(b.title for b in self.bases[:1]), *(b.title.lower() for b in self.bases[1:])])


def of(label: str) -> Reason:
    """As the policy says it of the table, and of the one that it follows where it says nothing itself."""
    plan = policy.read()
    chain = [plan.registers[label]]
    while chain[-1].follows:
        chain.append(plan.registers[chain[-1].follows])
    about = next((register.about for register in chain if register.about), ())
    people = [plan.people[key] for key in about]
    bases = dict.fromkeys(key for person in people for key in person.basis)
    sentences = [sentence for register in chain for sentence in [*(r.sentence for r in register.rules), register.keep]]
    return Reason(
        purpose=" ".join(dict.fromkeys(person.why for person in people)),
        bases=tuple(plan.basis[key] for key in bases),
        kept=" ".join(dict.fromkeys(sentence for sentence in sentences if sentence)),
        seen_by=" ".join(dict.fromkeys(person.readers for person in people)),
    )
