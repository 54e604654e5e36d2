# Text: padding, rules, complaints.

# pad WIDTH TEXT: the text, filled up with spaces on its right.
pad() {
    printf "%-${1}s" "$2"
}

# rule WIDTH: a line of that many dashes.
rule() {
    printf "%${1}s\n" '' | tr ' ' '-'
}

# complain TEXT: says what is wrong, where errors go.
complain() {
    printf 'daybook: %s\n' "$1" >&2
}
