fn one() {
    let x = 2;
    done();
}

fn two() {
    let x = 1;
    done();
}
