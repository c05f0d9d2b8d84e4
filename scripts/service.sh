# To be sourced with the folder of a service: whether it runs, and how it is
# stopped. Its process id is in FOLDER/robotoff.pid.
# shellcheck shell=bash

pid_file=$1/robotoff.pid

# The id of the service that `make up` started, if it still runs. A process that
# came to have the same id later is another program.
running_pid() {
  local pid command
  [[ -s $pid_file ]] || return 1
  pid=$(<"$pid_file")
  [[ $pid =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null || return 1
  command=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) || return 1
  [[ $command == *robotoff*\ up\  ]] || return 1
  echo "$pid"
}

# Asks the service to end, which lets it finish what it is at; after 40 seconds it
# is killed, which loses nothing either.
stop_service() {
  local pid=$1 until=$((SECONDS + 40))
  kill -TERM "$pid"
  while running_pid >/dev/null; do
    if ((SECONDS >= until)); then
      echo "process $pid did not end within 40 seconds: killing it" >&2
      kill -KILL "$pid" 2>/dev/null || true
      until=$((SECONDS + 10))
    fi
    sleep 0.1
  done
  rm -f "$pid_file"
}
