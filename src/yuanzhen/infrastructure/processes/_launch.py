"""Becomes another program, as another user, that gets SIGINT when its parent dies.

`python -I -S _launch.py PARENT UID GID PROGRAM [ARGUMENT ...]`: a program of its own, since code between fork and exec
is unsound in a process with threads, and since the signal must be asked for after setuid, which clears it (prctl(2),
PR_SET_PDEATHSIG). It knows nothing of the project. The signal comes when the parent's *thread* ends: fork it from one
that lives.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT_IS_GONE = 75  # EX_TEMPFAIL of sysexits.h


def launch(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Never returns; raises OSError when the user cannot be taken or the program cannot be run."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before we asked, and no signal will come
        sys.exit(PARENT_IS_GONE)
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would hand that on
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    launch(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
