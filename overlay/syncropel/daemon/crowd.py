"""Who is connected: so many and no more, and whoever only waits makes room for whoever comes.

A connection costs a stranger nothing, so a limit alone would let one stranger keep everybody out. Therefore a
full house gives up the connection that has waited longest: first one that never had a request, then one that
idles between two. A request that is being answered is never given up.
"""

from __future__ import annotations

from collections.abc import Callable


class Place:
    """One connection's place. Everything happens on the event loop.

    Attributes:
        welcome: Whether there was room; a connection without room is told so and closed.
        close: Gives the connection up at once; set anew as the connection comes to be.
        group: Where the crowd keeps it; None once it is forgotten.
        opened: Whether its protocol has taken it over, and so will say when it is closed.
    """

    __slots__ = ("_crowd", "_known", "close", "group", "opened", "welcome")

    def __init__(self, crowd: Crowd, welcome: bool, close: Callable[[], object]) -> None:
        self._crowd = crowd
        self._known = False
        self.group: dict[Place, None] | None = None
        self.welcome = welcome
        self.close = close
        self.opened = False

    def open(self, close: Callable[[], object]) -> None:
        """The protocol has the connection; `close` gives it up from now on."""
        self.close = close
        self.opened = True

    def busy(self) -> None:
        """A whole request has arrived and is being answered."""
        self._known = True
        self._crowd.move(self, None)

    def waiting(self) -> None:
        """The answer is out: from now on the connection waits for the client."""
        self._crowd.move(self, self._known)

    def leave(self) -> None:
        """The connection is closed. May be called again."""
        self._crowd.remove(self)


class Crowd:
    """The open connections of one listener.

    Args:
        limit: How many may be open.
        turned_away: How many more may be open at once only to be told that there is no room.
    """

    def __init__(self, limit: int, turned_away: int = 64) -> None:
        self._limit = limit
        self._turned_away = turned_away
        # In the order in which they began to wait: the first is the next to go.
        self._strangers: dict[Place, None] = {}
        self._idle: dict[Place, None] = {}
        self._busy: dict[Place, None] = {}
        self._refused: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._strangers) + len(self._idle) + len(self._busy)

    def enter(self, close: Callable[[], object]) -> Place | None:
        """Return a place for a new connection; None when not even a refusal has room.

        Args:
            close: Gives the connection up at once.
        """
        welcome = len(self) < self._limit or self.make_room()
        if not welcome and len(self._refused) >= self._turned_away:
            return None
        place = Place(self, welcome, close)
        place.group = self._strangers if welcome else self._refused
        place.group[place] = None
        return place

    def make_room(self) -> bool:
        """Give up the connection that has waited longest; False when all are being answered."""
        for group in (self._strangers, self._idle):
            for place in group:
                self.remove(place)
                place.close()
                return True
        return False

    def move(self, place: Place, known: bool | None) -> None:
        """Put a place among the busy (None), the idle (True) or the strangers (False), behind the others."""
        group = self._busy if known is None else self._idle if known else self._strangers
        if self.remove(place):
            group[place] = None
            place.group = group

    def remove(self, place: Place) -> bool:
        """Forget a place; False when it is forgotten already, because it was given up or left."""
        if place.group is None:
            return False
        del place.group[place]
        place.group = None
        return True
