# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# find_python.sh - finds a Python with numpy and zmq, as $python; "": there is none. Debian's packages
# belong to Debian's Python, which need not be the first in PATH. Source it.
export PYTHONDONTWRITEBYTECODE=1
python=
for candidate in python3 /usr/bin/python3
do
	test -n "$python" || ! "$candidate" -c 'import numpy, zmq' 2>/dev/null || python=$candidate
done
