# Dates, written YYYY-MM-DD.

# is_date TEXT: whether it is a date.
# FIXME: takes the 31st for a day of every month
is_date() {
    case $1 in
        [0-9][0-9][0-9][0-9]-0[1-9]-0[1-9] | [0-9][0-9][0-9][0-9]-1[0-2]-0[1-9]) return 0 ;;
        [0-9][0-9][0-9][0-9]-0[1-9]-[12][0-9] | [0-9][0-9][0-9][0-9]-1[0-2]-[12][0-9]) return 0 ;;
        [0-9][0-9][0-9][0-9]-0[1-9]-3[01] | [0-9][0-9][0-9][0-9]-1[0-2]-3[01]) return 0 ;;
    esac
    return 1
}

# weekday DATE: its day of the week, by Sakamoto's method.
weekday() (
    year=${1%%-*}
    rest=${1#*-}
    month=${rest%-*}
    day=${rest#*-}

    # January and February count as months of the year before
    [ "$month" -gt 2 ] || year=$((year - 1))
    set -- 0 3 2 5 0 3 5 1 4 6 2 4
    shift $((month - 1))
    number_of_day=$(((year + year / 4 - year / 100 + year / 400 + $1 + day) % 7))

    set -- Sunday Monday Tuesday Wednesday Thursday Friday Saturday
    shift "$number_of_day"
    echo "$1"
)
