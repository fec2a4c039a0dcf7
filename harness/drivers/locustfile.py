"""The load generator, a process of its own: Locust's runners, with users that read their answers chunk by chunk.

    python -m harness.drivers.locustfile local ORDERS
    python -m harness.drivers.locustfile master ORDERS
    python -m harness.drivers.locustfile worker HOST PORT

The one rule: this is the only file that imports locust, since doing so changes the whole process. It measures and
ships; what a load is to be and what it comes to is decided elsewhere. A master tells its workers the job, and whoever
leads writes every report as a file of its own into the folder that the orders name.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import gevent  # type: ignore[import-untyped]  # it has no types
import locust
from gevent.event import Event  # type: ignore[import-untyped]
from locust import runners
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from harness.core.load.answer import FINISHED, LEFT
from harness.core.load.job import LoadJob
from harness.core.load.report import Orders, Report
from harness.core.load.shape import spawned_per_s, users_at
from harness.shell.load.generator import Generator
from harness.shell.load.spool import write_report
from harness.shell.watching.descriptors import allow_many

_SHIP_EVERY_S: Final = 1.0
_FINAL_WITHIN_S: Final = 10.0
_CLOCKS: Final = 5
_BEAT_S: Final = 0.02
_CONNECTS: Final = 12
"""How often a worker looks for its master, five seconds each time."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_NO_MASTER: Final = 3


class Shape(locust.LoadTestShape):
    """The shape of the job, to its end and until no answer is awaited any more."""

    def __init__(self, job: LoadJob, waits: Callable[[], bool]) -> None:
        super().__init__()
        self._job = job
        self._waits = waits
        self.is_over = False

    def tick(self) -> tuple[int, float] | None:
        """Return the users of this moment."""
        profile, at_s = self._job.profile, self.get_run_time()
        if self.is_over or at_s > profile.duration_s + self._job.patience_s:
            return None
        if at_s >= profile.duration_s and not self._waits():
            return None
        users = users_at(profile, min(at_s, profile.duration_s))
        if profile.arrivals != "closed":  # one user in each generator then puts every arrival
            users = getattr(self.runner, "worker_count", 1)
        return users, spawned_per_s(profile)


def _user_class(generator: Generator, environment: Environment) -> type[locust.User]:
    """Return the class of users; the job is known by the time one is started."""

    def told(kind: str, taken_s: float, size_bytes: int) -> None:
        failure = None if kind in (FINISHED, LEFT) else RuntimeError(kind)
        environment.events.request.fire(
            request_type="chat",
            name="answer",
            response_time=taken_s * 1000,
            response_length=size_bytes,
            exception=failure,
            context={},
        )

    class ChatUser(locust.User):
        """One client, or with open arrivals the one that sends them all."""

        @locust.task
        def chat(self) -> None:
            if generator.job.profile.arrivals == "closed":
                generator.put_next(told)
                gevent.sleep(generator.think_s())
            else:
                generator.put_arrivals(lambda name: gevent.spawn(generator.put, name, told), gevent.sleep)

    return ChatUser


def _beat(generator: Generator) -> None:
    """Notice when this process itself is late."""
    while True:
        due_s = time.monotonic() + _BEAT_S
        gevent.sleep(_BEAT_S)
        generator.beat(time.monotonic() - due_s)


def _environment(generator: Generator) -> Environment:
    environment = Environment(events=locust.events)
    environment.user_classes = [_user_class(generator, environment)]
    environment.events.test_start.add_listener(lambda **_: generator.start())
    gevent.spawn(_beat, generator)
    return environment


def _run(environment: Environment, runner: LocalRunner | MasterRunner, shape: Shape, orders: Orders) -> None:
    """Play the shape to its end, or until this process is asked to stop."""
    for number in _SIGNALS:
        gevent.signal_handler(number, lambda: setattr(shape, "is_over", True))
    environment.shape_class = shape
    shape.runner = runner
    web = environment.create_web_ui(host=orders.web_host, port=orders.web_port) if orders.web_port is not None else None
    runner.start_shape()
    while shape.tick() is not None:  # Locust itself asks once a second only
        gevent.sleep(0.05)
    runner.stop()
    if web:
        web.stop()


def local(orders: Orders) -> None:
    """Generate the whole load in this process."""
    generator = Generator(orders.job, number=0)
    environment = _environment(generator)
    runner = environment.create_local_runner()

    def ship(*, final: bool) -> None:
        write_report(orders.folder, generator.report(final=final))

    gevent.spawn(_every, _SHIP_EVERY_S, lambda: ship(final=False))
    _run(environment, runner, Shape(orders.job, lambda: bool(generator.waiting)), orders)
    runner.quit()
    ship(final=True)


def master(orders: Orders) -> None:
    """Lead workers, and write down what they report."""
    environment = _environment(Generator(orders.job, number=-1))
    try:
        runner = environment.create_master_runner(orders.bind_host, orders.bind_port)
    except RPCError as error:
        _give_up(f"no worker can come to {orders.bind_host}:{orders.bind_port}: {error}")
    ready: set[str] = set()
    latest: dict[str, Report] = {}

    def on_hello(environment: Environment, msg: Any) -> None:  # noqa: ANN401 - Locust's own signature
        now_s = time.monotonic()
        runner.send_message(
            "job",
            {"job": orders.job.to_json(), "asked_s": msg.data["asked_s"], "now_s": now_s, "workers": orders.workers},
            client_id=msg.node_id,
        )
        if msg.data["is_ready"]:
            ready.add(msg.node_id)

    def on_report(environment: Environment, msg: Any) -> None:  # noqa: ANN401 - the same
        latest[msg.node_id] = write_report(orders.folder, Report.from_json(msg.data))

    runner.register_message("hello", on_hello)
    runner.register_message("report", on_report)
    (orders.folder / "port").write_text(str(runner.server.port))
    with gevent.Timeout(orders.workers_within_s, False):
        while len(ready) < orders.workers:
            gevent.sleep(0.02)
    if len(ready) < orders.workers:
        runner.quit()
        _give_up(f"{len(ready)} of {orders.workers} workers came within {orders.workers_within_s:g} s")

    def living() -> set[str]:
        return ready & {each.id for each in runner.clients.all if each.state != runners.STATE_MISSING}

    def waits() -> bool:
        return not all(each in latest and latest[each].rests for each in living())

    _run(environment, runner, Shape(orders.job, waits), orders)
    with gevent.Timeout(_FINAL_WITHIN_S, False):
        while not all(each in latest and latest[each].final for each in living()):
            gevent.sleep(0.05)
    runner.quit()


def worker(host: str, port: int) -> None:
    """Generate what a master asks for."""
    generator = Generator(None, number=-1)
    environment = _environment(generator)
    runners.CONNECT_RETRY_COUNT = _CONNECTS
    try:
        runner: WorkerRunner = environment.create_worker_runner(host, port)
    except ConnectionError:
        _give_up(f"there is no master at {host}:{port}")
    known, over = Event(), Event()
    best_s = [float("inf")]

    def on_job(environment: Environment, msg: Any) -> None:  # noqa: ANN401 - Locust's own signature
        back_s = time.monotonic()
        trip_s = back_s - msg.data["asked_s"]
        if trip_s < best_s[0]:
            best_s[0] = trip_s
            offset_s = msg.data["now_s"] - (msg.data["asked_s"] + back_s) / 2
            # Within half a trip of nought the clocks may well be one and the same, as they are on one machine.
            generator.offset_s = 0.0 if abs(offset_s) <= trip_s / 2 + 0.001 else offset_s
        generator.enlist(LoadJob.from_json(msg.data["job"]), number=runner.worker_index, of=msg.data["workers"])
        known.set()

    def ship(*, final: bool) -> None:
        if known.is_set() and not over.is_set():
            runner.send_message("report", generator.report(final=final).to_json())
        if final:
            over.set()

    runner.register_message("job", on_job)
    for number in range(1, _CLOCKS + 1):
        known.clear()
        runner.send_message("hello", {"asked_s": time.monotonic(), "is_ready": number == _CLOCKS})
        if not known.wait(_FINAL_WITHIN_S):
            _give_up(f"the master at {host}:{port} has no job")
    environment.events.test_stop.add_listener(lambda **_: ship(final=True))
    gevent.spawn(_every, _SHIP_EVERY_S, lambda: ship(final=False))

    def leave() -> None:
        runner.stop()
        environment.events.quitting.fire(environment=environment)
        runner.greenlet.kill(block=False)

    for number in _SIGNALS:
        gevent.signal_handler(number, lambda: gevent.spawn(leave))
    runner.greenlet.join()


def _give_up(why: str) -> NoReturn:
    print(f"edgeproof: {why}", file=sys.stderr, flush=True)  # noqa: T201 - to the log of whoever started this
    sys.exit(_NO_MASTER)


def _every(pause_s: float, do: Callable[[], None]) -> None:
    while True:
        gevent.sleep(pause_s)
        do()


def main(arguments: list[str]) -> None:
    """Play the role that the command line names."""
    role, *rest = arguments
    allow_many()
    if role == "worker":
        worker(rest[0], int(rest[1]))
    else:
        orders = Orders.read(Path(rest[0]).read_text(encoding="utf-8"))
        (local if role == "local" else master)(orders)


if __name__ == "__main__":
    main(sys.argv[1:])
