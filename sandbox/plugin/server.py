"""Runs MiniStack on the internal port until the daemon says stop, or is gone."""

import asyncio
import errno
import logging
import os
import signal
import sys
import threading
import time

from plugin import contract

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 15
# Exit code for a port that somebody took since it was found free.
PORT_TAKEN = 98


def main() -> None:
    try:
        contract.check()
    except contract.ContractError as error:
        sys.exit(str(error))
    from plugin import control, gaps, idle_memory

    gaps.install()
    from ministack import app

    idle_memory.start()
    watch_parent(int(os.environ["SANDBOX_PARENT_PID"]))
    asyncio.run(serve(control.wrap(app.app), int(os.environ["SANDBOX_INTERNAL_PORT"])))


async def serve(application, port: int) -> None:
    """MiniStack's own entry binds the port that its URLs carry; here that one belongs to the daemon."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = 300
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop_by_deadline, loop, stop)
    try:
        await hypercorn_serve(application, config, shutdown_trigger=stop.wait)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        # Threads that run by now would keep the process: the daemon tries another port as soon as it is gone.
        os._exit(PORT_TAKEN)
    logging.shutdown()
    # Execution threads and Lambda workers may hang for long: what must be saved was saved by the shutdown above.
    end_group()


def _stop_by_deadline(loop, stop) -> None:
    timer = threading.Timer(SHUTDOWN_SECONDS, end_group)
    timer.daemon = True
    timer.start()
    loop.call_soon_threadsafe(stop.set)


def watch_parent(parent: int) -> None:
    """A daemon that was killed cannot say stop, so its child looks for it: this works alike on Linux and macOS."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def end_group() -> None:
    """SIGKILL to the whole process group: Lambda workers are in it, and some ignore SIGTERM."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
