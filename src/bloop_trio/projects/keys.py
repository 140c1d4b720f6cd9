"""All project keys in memory, so that checking a signature never touches the database."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from bloop_trio.http.signature import Signer
from bloop_trio.projects.project import DEFAULT_SLUG, Project

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen
class KeyedProject:
    """A project with the signer of its key."""

    project: Project
    signer: Signer = attrs.field(repr=False)


class KeyRing:
    """Every project by its key, by its number, and in the order in which keys were last matched.

    Holds exactly the projects of the last `reload`: a rotated key stops working with the reload that no longer has it.
    """

    def __init__(self, projects: Iterable[Project] = ()) -> None:
        # Looking a secret up in a dict tells an attacker nothing by its timing: the hash is keyed anew in each process.
        self._by_key: dict[bytes, KeyedProject] = {}
        # Last matched at the end.
        self._by_no: OrderedDict[int, KeyedProject] = OrderedDict()
        self._default: KeyedProject | None = None
        self.reload(projects)

    def __len__(self) -> int:
        return len(self._by_no)

    @property
    def default(self) -> KeyedProject:
        """The project of everything that is sent without a project key.

        Raises:
            LookupError: The ring was loaded without it.
        """
        if self._default is None:
            raise LookupError("the key ring has no default project")
        return self._default

    def find(self, project_key: bytes) -> KeyedProject | None:
        """Return the project of this key."""
        return self._by_key.get(project_key)

    def by_no(self, no: int) -> KeyedProject | None:
        """Return the project of this number."""
        return self._by_no.get(no)

    def candidates(self, limit: int = 64) -> list[KeyedProject]:
        """Return the projects to try for a signature that names none, the most recently matched first.

        The limit bounds what a wrong signature costs: one HMAC over the body for each candidate.
        """
        return list(islice(reversed(self._by_no.values()), limit))

    def note_match(self, no: int) -> None:
        """Remember that a signature was just matched by this project's key."""
        if no in self._by_no:
            self._by_no.move_to_end(no)

    def reload(self, projects: Iterable[Project]) -> None:
        """Replace what the ring holds.

        The order of matches survives; a project that was not there before counts as matched just now, so that with
        more projects than candidates a new one still gets its turn.
        """
        loaded = {project.no: project for project in projects}
        order = [no for no in self._by_no if no in loaded]
        order += sorted(loaded.keys() - self._by_no.keys())
        by_no: OrderedDict[int, KeyedProject] = OrderedDict((no, self._keyed(loaded[no])) for no in order)
        self._by_key = {keyed.project.api_key.encode(): keyed for keyed in by_no.values()}
        self._default = next((keyed for keyed in by_no.values() if keyed.project.id == DEFAULT_SLUG), None)
        self._by_no = by_no

    def _keyed(self, project: Project) -> KeyedProject:
        known = self._by_no.get(project.no)
        if known is not None and known.project == project:
            return known
        return KeyedProject(project, Signer(project.api_key.encode()))
