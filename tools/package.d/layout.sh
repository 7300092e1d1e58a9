# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Where the package has what launch.sh asks for.

# shellcheck disable=SC2034 # all are for launch.sh
home=/usr/share/fintrail jar=/usr/share/fintrail/fintrail.jar settings=/usr/share/fintrail
# Not in /var/cache/fintrail, which is root's alone: whoever replays a recording maps them, too.
archives=/usr/lib/fintrail
