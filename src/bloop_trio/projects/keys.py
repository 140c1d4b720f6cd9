"""All project keys in memory, so that checking a signature never touches the database.

A key that was rotated away with some grace is in here too, until its end.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain, islice
from typing import TYPE_CHECKING

import attrs

from bloop_trio.http.signature import Signer
from bloop_trio.projects.project import DEFAULT_SLUG, Project, RetiredKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@attrs.frozen
class KeyedProject:
    """A project with the signer of its key, or of one that it had."""

    project: Project
    signer: Signer = attrs.field(repr=False)


class KeyRing:
    """Every project by its key, by its number, and in the order in which keys were last matched.

    Holds exactly the projects of the last `reload`: a rotated key stops working with the reload that no longer has it.
    """

    def __init__(self, projects: Iterable[Project] = (), retired: Iterable[RetiredKey] = ()) -> None:
        # Looking a secret up in a dict tells an attacker nothing by its timing: the hash is keyed anew in each process.
        self._by_key: dict[bytes, KeyedProject] = {}
        # Last matched at the end.
        self._by_no: OrderedDict[int, KeyedProject] = OrderedDict()
        self._retired: dict[int, dict[RetiredKey, KeyedProject]] = {}
        self._default: KeyedProject | None = None
        self.reload(projects, retired)

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

        A project comes once for each of its keys. The limit bounds what a wrong signature costs: one HMAC over the body
        for each candidate.
        """
        if not self._retired:
            return list(islice(reversed(self._by_no.values()), limit))
        with_retired = (
            chain((keyed,), self._retired.get(no, {}).values()) for no, keyed in reversed(self._by_no.items())
        )
        return list(islice(chain.from_iterable(with_retired), limit))

    def note_match(self, no: int) -> None:
        """Remember that a signature was just matched by this project's key."""
        if no in self._by_no:
            self._by_no.move_to_end(no)

    def reload(self, projects: Iterable[Project], retired: Iterable[RetiredKey] = ()) -> None:
        """Replace what the ring holds; of `retired`, keys of other projects than `projects` are left out.

        The order of matches survives; a project that was not there before counts as matched just now, so that with
        more projects than candidates a new one still gets its turn.
        """
        loaded = {project.no: project for project in projects}
        order = [no for no in self._by_no if no in loaded]
        order += sorted(loaded.keys() - self._by_no.keys())
        by_no: OrderedDict[int, KeyedProject] = OrderedDict((no, self._keyed(loaded[no])) for no in order)
        self._default = next((keyed for keyed in by_no.values() if keyed.project.id == DEFAULT_SLUG), None)
        self._by_no = by_no
        self._retired = {}
        for key in retired:
            if key.project_no in loaded:
                keyed = KeyedProject(loaded[key.project_no], Signer(key.api_key.encode()))
                self._retired.setdefault(key.project_no, {})[key] = keyed
        self._index()

    def drop_expired(self, now_secs: int) -> None:
        """Forget the retired keys whose end has come."""
        if any(key.expires_secs <= now_secs for key in self._retired_keys()):
            left = {
                no: {key: keyed for key, keyed in keys.items() if key.expires_secs > now_secs}
                for no, keys in self._retired.items()
            }
            self._retired = {no: keys for no, keys in left.items() if keys}
            self._index()

    def _retired_keys(self) -> Iterator[RetiredKey]:
        return chain.from_iterable(self._retired.values())

    def _index(self) -> None:
        retired = {key.api_key.encode(): keyed for keys in self._retired.values() for key, keyed in keys.items()}
        # A key that is in use wins over the same one that another project has given up.
        self._by_key = retired | {keyed.project.api_key.encode(): keyed for keyed in self._by_no.values()}

    def _keyed(self, project: Project) -> KeyedProject:
        known = self._by_no.get(project.no)
        if known is not None and known.project == project:
            return known
        return KeyedProject(project, Signer(project.api_key.encode()))
