#!/usr/bin/env bash
# with-desktop.sh CMD [ARG...]
#
# Runs CMD on a private headless desktop: its own X display, window manager, D-Bus session, unlocked keyring and
# notification daemon, and its own XDG folders, so that nothing of the person's is read, written or shown. The exit status is
# CMD's. Everything started here is ended by its own process id.
#
# CMD sees COUNTERSIGN_DESKTOP=1 and DESKTOP_LOG, the folder with a log of each part (dunst prints what it was told to show).
set -euo pipefail

# What CMD started and left may still write for a moment after the display is gone. The exit status stays CMD's.
clear_away() {
  for _ in {1..50}; do
    rm -rf "$place" 2>/dev/null && return
    sleep 0.1
  done
  echo "with-desktop: something still writes to $place, which stays" >&2
}

if [[ ${1:-} != --on-the-bus ]]; then
  place=$(mktemp -d "${TMPDIR:-/tmp}/countersign-desktop.XXXXXX")
  mkdir -p "$place"/{config,data,cache,state,run,log}
  chmod 700 "$place/run"
  export DESKTOP_LOG=$place/log COUNTERSIGN_DESKTOP=1
  export XDG_CONFIG_HOME=$place/config XDG_DATA_HOME=$place/data XDG_CACHE_HOME=$place/cache
  export XDG_STATE_HOME=$place/state XDG_RUNTIME_DIR=$place/run
  # settings in memory, drawing without a graphics card, no accessibility bus to wait for
  export NO_AT_BRIDGE=1 GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 GSETTINGS_BACKEND=memory
  # GTK's own input method: another one that is installed would be the default, and its daemon is started by the test of it
  export GTK_IM_MODULE=gtk-im-context-simple
  unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

  # The server picks a free display and writes its number once clients may connect.
  mkfifo "$place/display"
  Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -noreset 3>"$place/display" 2>"$place/log/xvfb" &
  xvfb=$!
  trap 'kill "$xvfb" 2>/dev/null || true; wait "$xvfb" 2>/dev/null || true; clear_away' EXIT
  if ! read -r -t 30 display <"$place/display"; then
    echo "with-desktop: Xvfb did not start:" >&2
    cat "$place/log/xvfb" >&2
    exit 97
  fi
  export DISPLAY=:$display

  # A bus without service files: only what is started here answers, so nothing can prompt or be started on demand.
  cat >"$place/bus.conf" <<'CONF'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONF
  status=0
  dbus-run-session --config-file="$place/bus.conf" -- "$(readlink -f "$0")" --on-the-bus "$@" || status=$?
  exit "$status"
fi

shift
parts=()
trap 'for part in "${parts[@]}"; do kill "$part" 2>/dev/null || true; done; wait' EXIT
openbox --sm-disable >"$DESKTOP_LOG/openbox" 2>&1 &
parts+=($!)
dunst -print >"$DESKTOP_LOG/dunst" 2>&1 &
parts+=($!)
# the password creates the login keyring the first time, and unlocks it
gnome-keyring-daemon --foreground --unlock --components=secrets >"$DESKTOP_LOG/keyring" 2>&1 <<<"test" &
parts+=($!)
for name in org.freedesktop.Notifications org.freedesktop.secrets; do
  if ! gdbus wait --session --timeout 30 "$name"; then
    echo "with-desktop: nothing answers as $name" >&2
    tail -n 20 "$DESKTOP_LOG"/* >&2
    exit 97
  fi
done
"$@"
