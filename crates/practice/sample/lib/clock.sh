# Times of the day, written HH:MM, and spans of time, in minutes.

# is_time TEXT: whether it is a time.
is_time() {
    case $1 in
        [01][0-9]:[0-5][0-9] | 2[0-3]:[0-5][0-9]) return 0 ;;
    esac
    return 1
}

# minutes_of TIME: minutes since midnight.
minutes_of() {
    echo $((${1%:*} * 60 + ${1#*:}))
}

# span START END: minutes from one time to the other. An end before the start is on the next day.
span() (
    start=$(minutes_of "$1")
    end=$(minutes_of "$2")
    [ "$end" -ge "$start" ] || end=$((end + 24 * 60))
    echo $((end - start))
)

# as_hours MINUTES: the span for people, as in "1h 05m".
as_hours() {
    printf '%dh %02dm\n' $(($1 / 60)) $(($1 % 60))
}
