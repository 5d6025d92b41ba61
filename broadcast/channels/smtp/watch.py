"""Looks at the clock for all connections: who is too slow for its batch, for its route, or altogether."""

from collections import deque

from broadcast.channels.contract import BUSY_ROUTE, Code, Refused
from broadcast.channels.smtp.job import Parcel
from broadcast.channels.smtp.limits import Limits
from broadcast.channels.smtp.routes import Route, Routes
from broadcast.channels.smtp.session import Session, Stage

_TIMEOUT = Refused(Code.UNKNOWN, True, "timeout")


class Watch:
    """The checks of one pool; all in the loop's thread."""

    def __init__(
        self,
        sessions: list[Session | None],
        listening: list[Session],
        queue: deque[Parcel],
        routes: Routes,
        limits: Limits,
    ) -> None:
        self._sessions, self._listening, self._queue = sessions, listening, queue
        self._routes, self._limits = routes, limits

    def look(self, now: float, late: bool) -> None:
        """Check every connection. ``late`` says that this look came late itself, so that answers may lie unread: nobody is blamed."""
        for session in (*self._sessions, *self._listening):
            if session is None or not session.alive:
                continue
            waited = now - session.since
            if session.stage is Stage.IDLE:
                if waited > self._limits.idle:
                    session.quit()
                continue
            if not late and waited > self._routes.stall and self._still(session):
                self._stalled(session, now)
            if session.alive and session.current is not None:
                self._too_slow(session, session.current, waited)

    def _still(self, session: Session) -> bool:
        """Whether it was waiting for the same answer at the look before: a server that paused answers everyone in a moment."""
        seen, session.seen_waiting = session.seen_waiting, session.since
        return seen == session.since

    def _stalled(self, session: Session, now: float) -> None:
        parcel, following = session.current, session.following
        if parcel is None or session.retiring:
            return
        route = parcel.route
        if following is not None:
            if self._others_are_well(session, now):  # one of the two stalls: each by itself from now on
                self._routes.suspect(route, session.since, now)
                self._routes.suspect(following.route, session.since, now)
                session.give_back()
        else:
            self._routes.stalled(route, session.since, now)
        if route.free and self._holds_all(route):
            self._routes.suspect(route, session.since, now)
        self._limit(session, parcel)

    def _limit(self, session: Session, parcel: Parcel) -> None:
        """A slow route keeps no batch waiting and no more connections than its share."""
        route, beyond = parcel.route, self._held_beyond_share(parcel.route)
        if session.stage is Stage.CONTENT:
            if route.slow and not parcel.patient and self._is_last(parcel):
                session.doubt()
        elif beyond or (route.slow and not parcel.patient):
            session.forgo(BUSY_ROUTE)

    def _too_slow(self, session: Session, parcel: Parcel, waited: float) -> None:
        limits, last = self._limits, self._is_last(parcel)
        if session.stage is Stage.CONTENT:
            if waited > limits.patience:
                session.give_back()
                if last:
                    session.doubt()
                if self._held_beyond_share(parcel.route):
                    session.cut()
            if waited > limits.content:
                session.cut()
        elif waited > limits.reply:
            session.cut()
        elif last and waited > limits.patience * parcel.target.attempt:
            session.cut(_TIMEOUT)

    def _is_last(self, parcel: Parcel) -> bool:
        """Whether its batch waits for nothing but what the connections carry."""
        return parcel.job.open <= len(self._sessions)

    def _others_are_well(self, session: Session, now: float) -> bool:
        half = (session.since + now) / 2
        return any(other is not None and other is not session and other.since > half for other in self._sessions)

    def _holds_all(self, route: Route) -> bool:
        """Whether every connection at work stands still for this route while letters of others are queued."""
        at_work = [s for s in self._sessions if s is not None and s.current is not None]
        if len(at_work) < len(self._sessions):
            return False
        only = all(s.current is not None and s.current.route is route for s in at_work)
        return only and any(parcel.route is not route for parcel in self._queue)

    def _held_beyond_share(self, route: Route) -> bool:
        if route.free:
            return False
        holding = sum(1 for s in self._sessions if s is not None and s.current is not None and s.current.route is route)
        return holding > self._routes.share
