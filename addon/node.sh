#!/bin/sh
# An official binary with the overlay, as a single program: tests start process.execPath.

# The overlay opens the channel to a parent process, with the patched lib/.
if [ -n "$NODE_CHANNEL_FD" ]; then
  export BINDERY_CHANNEL="$NODE_CHANNEL_FD,$NODE_CHANNEL_SERIALIZATION_MODE,$NODE_UNIQUE_ID"
  unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID
fi
here=$(dirname "$0")
case " $* " in
  # The permission model covers the overlay as well.
  *' --permission '* | *' --experimental-permission '*) set -- --allow-addons "--allow-fs-read=$here" "$@" ;;
esac
exec "$BINDERY_OVERLAY_BINARY" --expose-internals -r "$here/overlay.cjs" "$@"
