#!/bin/sh
# The browser tests need Chromium and Korean fonts; Debian's packages serve. Does nothing where both are there.
set -eu
missing=""
[ -x /usr/bin/chromium ] || missing="chromium"
fc-list :lang=ko 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null; then SUDO=sudo; else
        echo "the browser tests need: $missing; install them as root (apt-get install $missing)" >&2
        exit 1
    fi
fi
echo "installing $missing"
${SUDO:-} apt-get update -qq
DEBIAN_FRONTEND=noninteractive ${SUDO:-} apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null
