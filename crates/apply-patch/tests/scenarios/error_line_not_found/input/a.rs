fn one() {
    let x = 1;
    done();
}

fn two() {
    let x = 1;
    done();
}
