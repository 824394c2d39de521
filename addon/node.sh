#!/bin/sh
# An official binary with the overlay, as a single program: tests start process.execPath.
# Node preloads nothing into a program that will become a snapshot.
case " $* " in
  *' --build-snapshot '*) echo --build-snapshot >> "$BINDERY_OVERLAY_LOG" ;;
esac
exec "$BINDERY_OVERLAY_BINARY" --expose-internals -r "$(dirname "$0")/overlay.cjs" "$@"
