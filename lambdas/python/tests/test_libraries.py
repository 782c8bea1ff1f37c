from pathlib import Path

import pytest

from scripts.libraries import needed

LOCK = """\
# See README.md.
a==1.0 \\
    --hash=sha256:aa
    # via -r requirements.in
a-part==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via
    #   a
    #   b
b==3.0 \\
    --hash=sha256:dd
    # via -r requirements.in
c==4.0 \\
    --hash=sha256:ee
    # via a-part
only-b==5.0 \\
    --hash=sha256:ff
    # via b
"""


def test_what_is_needed_is_kept_as_it_is() -> None:
    kept = needed(LOCK, ["a"])
    assert (
        kept
        == LOCK[LOCK.index("a==") : LOCK.index("b==")]
        + LOCK[LOCK.index("c==") : LOCK.index("only-b==")]
    )


def test_all_is_needed_for_the_api() -> None:
    folder = Path(__file__).parent.parent
    lock = (folder / "requirements.txt").read_text(encoding="utf-8")
    lines = (folder / "requirements.in").read_text(encoding="utf-8").splitlines()
    direct = [line.partition("==")[0] for line in lines if not line.startswith("#")]
    assert needed(lock, direct) == lock[lock.index("\nannotated-doc==") + 1 :]


def test_unknown_libraries_are_refused() -> None:
    with pytest.raises(ValueError, match="library: got part, want one of a, a-part, b, c"):
        needed(LOCK, ["part"])
