# What the tests share: the functions to be tested, and a way to say what is expected of them.

for part in text clock calendar book report; do
    . "lib/$part.sh"
done

# expect WHAT WANTED FOUND
expect() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: wanted \"$2\", found \"$3\""
    fi
}
