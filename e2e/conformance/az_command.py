"""The command line of Azure as a process, logged in to the emulator with a configuration of its own."""

import json
import os
import subprocess

AZ = os.environ["CONFORMANCE_AZ"]


class AzFailed(Exception):
    """What `az` wrote when it failed."""


def az(*words, timeout=180, check=True):
    """Runs `az` and gives what it printed, as JSON where it is."""
    done = subprocess.run([AZ, *words], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AzFailed(f"az {' '.join(words)}: {done.returncode}: {done.stderr.strip()}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return done.stdout
