"""The world: SimPy owns the calendar, of ticks, midnights, a policy's own processes and campaigns."""

from collections.abc import Callable, Generator
from typing import Any

import simpy

from sim.door import CampaignDoor, ShopDoor, clerk
from sim.midnight import Midnight
from sim.shop.counter import waits

TRADING, MIDNIGHT, PROCESSES = 0, 1, 2  # order of events at one instant


class World(Midnight):
    """One population, one shop, its market, from the shop's opening on; see `House` for the arguments."""

    def run(self, until: int, each_day: Callable[[float], None] | None = None) -> None:
        """Runs the calendar from now until midnight `until`; a policy's own processes start with it."""
        env = simpy.Environment(initial_time=self.now)
        env.process(self._trading(env, until, each_day))
        env.process(self._midnights(env, until))
        env.process(self._policy_process(env, until))
        self._begin_campaigns(env, until)
        env.run()
        self.now = float(until)

    def _at(self, env: simpy.Environment, time: float, order: int) -> simpy.Event:
        """An event at `time`; at one instant trading comes before midnight's work, and that before a policy's."""
        event = simpy.Event(env)
        event._ok, event._value = True, None
        env.schedule(event, priority=order, delay=max(time - env.now, 0.0))  # type: ignore[arg-type]
        return event

    def _trading(
        self, env: simpy.Environment, until: int, each_day: Callable[[float], None] | None
    ) -> Generator[simpy.Event, Any, None]:
        """Serves, once a tick, every need that fell due in it."""
        for day in range(int(self.now), until):
            for k in range(1, self.ticks + 1):
                end = day + k / self.ticks
                yield self._at(env, end, TRADING)
                self.trade(end)
            if each_day is not None:
                each_day(day + 1)

    def _midnights(self, env: simpy.Environment, until: int) -> Generator[simpy.Event, Any, None]:
        """Calendar, market, desk and points, in that order, once the past day has traded."""
        for day in range(int(self.now) + 1, until + 1):
            yield self._at(env, day, MIDNIGHT)
            self.now = float(day)
            self.close_day(day)

    def _policy_process(self, env: simpy.Environment, until: int) -> Generator[simpy.Event, Any, None]:
        """A policy's own calendar: it yields days to wait and never holds the environment."""
        due = int(env.now)
        for wait in waits(self.name, self.policy, ShopDoor(clerk(self))):
            due += wait
            if due >= until:
                return
            yield self._at(env, due, PROCESSES)

    def _begin_campaigns(self, env: simpy.Environment, until: int) -> None:
        """One process for each; at one midnight they take their turns in order of name, after the policy."""
        campaigns, self._campaigns = dict(sorted(self._campaigns.items())), {}
        if self.post is not None and campaigns:
            self.post.open(env)
        for place, (name, campaign) in enumerate(campaigns.items()):
            env.process(self._campaign_process(env, until, name, campaign, PROCESSES + 1 + place))

    def _campaign_process(
        self, env: simpy.Environment, until: int, name: str, campaign: Any, order: int
    ) -> Generator[simpy.Event, Any, None]:
        """A campaign's own calendar."""
        due = int(env.now)
        for wait in waits(f"campaign={name}", campaign, CampaignDoor(clerk(self, name))):
            due += wait
            if due >= until:
                return
            yield self._at(env, due, order)
