//! Programs for the kernel that look at every system call of a process (seccomp).
//!
//! The kernel runs a program for each number of a call there is when it is put in place, and for each call whose arguments it looks
//! at. So numbers are searched for by halves: a chain of comparisons costs a third of a millisecond at the start of every command.

use crate::failure::Failure;
use libc::{c_int, c_long, sock_filter};
use std::collections::BTreeMap;
use std::os::fd::{FromRawFd, OwnedFd};

/// Action on a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallAction {
    /// It fails with this error.
    Refuse(c_int),
    /// Whoever holds the filter's listener answers it.
    HandOver,
}

/// A question about the lower 32 bits of an argument of a call, by its number: all that are asked about are an `int`, or used as one.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// Is what the mask leaves one of these?
    OneOf(u8, u32, &'static [u32]),
    /// Is what the mask leaves none of these?
    NoneOf(u8, u32, &'static [u32]),
    /// Do all of these match?
    All(&'static [Test]),
}

impl Test {
    /// Is any of these bits set?
    pub fn any_bit(argument: u8, bits: c_int) -> Self {
        Self::NoneOf(argument, bits.cast_unsigned(), &[0])
    }
}

/// Actions on system calls, by their numbers; all others pass. A call with tests passes too, when none of
/// them matches.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    calls: BTreeMap<c_long, (CallAction, Vec<Test>)>,
    /// One that was named again, which would undo what was said first.
    twice: Option<c_long>,
}

/// `seccomp_data` of the kernel: the call's number, the architecture, the instruction, and the arguments.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `AUDIT_ARCH_*` of the kernel's `linux/audit.h`.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
const NATIVE: u32 = 0xc000_00f3;

/// The x32 calls have the architecture of x86_64 and numbers of their own, which no list names.
#[cfg(target_arch = "x86_64")]
const X32_BIT: u32 = 0x4000_0000;

/// Number of comparisons made one after another: halving so few would take as many steps.
const CHAIN: usize = 3;

impl Filter {
    /// Adds a call to the filter. Without `tests`, the verdict holds whatever the arguments are.
    #[must_use]
    pub fn with(mut self, call: c_long, verdict: CallAction, tests: &[Test]) -> Self {
        if self.calls.insert(call, (verdict, tests.to_vec())).is_some() {
            self.twice = Some(call);
        }
        self
    }

    /// Has the kernel apply it to this thread and all it starts, for good. The thread must be unable to gain privileges.
    pub fn install(&self) -> Result<(), Failure> {
        self.hand_in(0).map(drop)
    }

    /// Installs the filter and returns the descriptor at which the calls arrive that are handed over.
    pub fn install_with_listener(&self) -> Result<OwnedFd, Failure> {
        let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        let listener = self.hand_in(flags)?;
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(unsafe { OwnedFd::from_raw_fd(listener) })
    }

    fn hand_in(&self, flags: libc::c_ulong) -> Result<c_int, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::Setup(format!("seccomp: {error}"));
        let mut steps = self.program()?;
        let program = libc::sock_fprog {
            len: u16::try_from(steps.len()).map_err(|error| failed(&error))?,
            filter: steps.as_mut_ptr(),
        };
        // SAFETY: `program` and what it points to live until the call returns; the kernel copies them.
        let answer = unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        };
        let error = std::io::Error::last_os_error();
        c_int::try_from(answer).ok().filter(|answer| *answer >= 0).ok_or_else(|| failed(&error))
    }

    fn program(&self) -> Result<Vec<sock_filter>, Failure> {
        if let Some(call) = self.twice {
            return Err(Failure::Setup(format!("seccomp: call {call} is in the filter twice")));
        }
        let mut program = Backwards::default();
        let kill = program.end(libc::SECCOMP_RET_KILL_PROCESS);
        let pass = program.end(libc::SECCOMP_RET_ALLOW);
        #[cfg(target_arch = "x86_64")]
        let no_x32 = program.end(CallAction::Refuse(libc::ENOSYS).action());
        let mut ends = BTreeMap::new();
        let mut places = Vec::new();
        for (&number, (verdict, tests)) in &self.calls {
            let end = *ends.entry(*verdict).or_insert_with(|| program.end(verdict.action()));
            let mut place = if tests.is_empty() { end } else { pass };
            for test in tests.iter().rev() {
                place = program.test(test, end, place)?;
            }
            let number = u32::try_from(number)
                .map_err(|_| Failure::Setup(format!("seccomp: there is no call {number}")))?;
            places.push((number, place));
        }
        let mut start = program.search(&places, pass)?;
        #[cfg(target_arch = "x86_64")]
        {
            start = program.branch(libc::BPF_JGE, X32_BIT, no_x32, start)?;
        }
        start = program.load(NUMBER, start);
        start = program.branch(libc::BPF_JEQ, NATIVE, start, kill)?;
        program.load(ARCHITECTURE, start);
        program.0.reverse();
        Ok(program.0)
    }
}

impl CallAction {
    fn action(self) -> u32 {
        match self {
            Self::Refuse(error) => libc::SECCOMP_RET_ERRNO | error.cast_unsigned() & libc::SECCOMP_RET_DATA,
            Self::HandOver => libc::SECCOMP_RET_USER_NOTIF,
        }
    }
}

/// A program as it is written: last step first, for steps lead forward only, so that where they lead is known.
#[derive(Default)]
struct Backwards(Vec<sock_filter>);

/// A step that was written, by how many were before it.
#[derive(Clone, Copy)]
struct Label(usize);

impl Backwards {
    fn step(&mut self, code: u32, k: u32, yes: u8, no: u8) -> Label {
        // the header's constants are wider than the field they are for
        #[allow(clippy::cast_possible_truncation)]
        self.0.push(sock_filter { code: code as u16, jt: yes, jf: no, k });
        Label(self.0.len() - 1)
    }

    fn end(&mut self, action: u32) -> Label {
        self.step(libc::BPF_RET | libc::BPF_K, action, 0, 0)
    }

    /// Loads a word of the call's data, and goes on at `next`.
    fn load(&mut self, offset: u32, next: Label) -> Label {
        self.directly_before(next);
        self.step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0)
    }

    /// Compares what was loaded with `k`, and goes on at one of the two.
    fn branch(&mut self, how: u32, k: u32, yes: Label, no: Label) -> Result<Label, Failure> {
        let far = |place: Label| {
            u8::try_from(self.0.len() - 1 - place.0)
                .map_err(|_| Failure::Setup("seccomp: the filter is too long".to_owned()))
        };
        let (yes, no) = (far(yes)?, far(no)?);
        Ok(self.step(libc::BPF_JMP | how | libc::BPF_K, k, yes, no))
    }

    /// Steps without a branch lead to the step that follows: where that is another one, a jump is put between.
    fn directly_before(&mut self, next: Label) {
        let between = self.0.len() - 1 - next.0;
        if between > 0 {
            // no program is as long as that
            let between = u32::try_from(between).unwrap_or(u32::MAX);
            self.step(libc::BPF_JMP | libc::BPF_JA, between, 0, 0);
        }
    }

    fn test(&mut self, test: &Test, yes: Label, no: Label) -> Result<Label, Failure> {
        let (argument, mask, values, found, mut place) = match *test {
            Test::OneOf(argument, mask, values) => (argument, mask, values, yes, no),
            Test::NoneOf(argument, mask, values) => (argument, mask, values, no, yes),
            Test::All(tests) => {
                return tests.iter().rev().try_fold(yes, |next, test| self.test(test, next, no));
            }
        };
        for &value in values {
            place = self.branch(libc::BPF_JEQ, value, found, place)?;
        }
        if mask != u32::MAX {
            self.directly_before(place);
            place = self.step(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, mask, 0, 0);
        }
        Ok(self.load(ARGUMENTS + 8 * u32::from(argument), place))
    }

    /// Goes on at the place of the number that was loaded, at `other` when it is none of them. They are sorted.
    fn search(&mut self, places: &[(u32, Label)], other: Label) -> Result<Label, Failure> {
        if places.len() <= CHAIN {
            return places
                .iter()
                .try_fold(other, |next, &(number, place)| self.branch(libc::BPF_JEQ, number, place, next));
        }
        let (low, high) = places.split_at(places.len() / 2);
        let middle = high[0].0;
        let high = self.search(high, other)?;
        let low = self.search(low, other)?;
        self.branch(libc::BPF_JGE, middle, high, low)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the kernel's answer to a call that this machine's programs make.
    pub(crate) fn answer(filter: &Filter, call: c_long, arguments: [u64; 6]) -> u32 {
        run(&filter.program().unwrap(), u32::try_from(call).unwrap(), NATIVE, arguments)
    }

    /// Returns the kernel's answer to a call.
    fn run(program: &[sock_filter], number: u32, architecture: u32, arguments: [u64; 6]) -> u32 {
        let (mut at, mut loaded) = (0, 0_u32);
        loop {
            let step = &program[at];
            at += 1;
            let code = u32::from(step.code);
            if code == libc::BPF_RET | libc::BPF_K {
                return step.k;
            } else if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS {
                loaded = match step.k {
                    NUMBER => number,
                    ARCHITECTURE => architecture,
                    offset => low(arguments[(offset - ARGUMENTS) as usize / 8]),
                };
            } else if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K {
                loaded &= step.k;
            } else if code == libc::BPF_JMP | libc::BPF_JA {
                at += step.k as usize;
            } else {
                let yes = match code & !(libc::BPF_JMP | libc::BPF_K) {
                    how if how == libc::BPF_JEQ => loaded == step.k,
                    how if how == libc::BPF_JGE => loaded >= step.k,
                    other => panic!("no step of ours: {other}"),
                };
                at += usize::from(if yes { step.jt } else { step.jf });
            }
        }
    }

    fn low(argument: u64) -> u32 {
        u32::try_from(argument & u64::from(u32::MAX)).unwrap()
    }

    fn holds(test: &Test, arguments: [u64; 6]) -> bool {
        let low = |argument: u8| low(arguments[usize::from(argument)]);
        match *test {
            Test::OneOf(argument, mask, values) => values.contains(&(low(argument) & mask)),
            Test::NoneOf(argument, mask, values) => !values.contains(&(low(argument) & mask)),
            Test::All(tests) => tests.iter().all(|test| holds(test, arguments)),
        }
    }

    fn expected(filter: &Filter, number: c_long, arguments: [u64; 6]) -> u32 {
        match filter.calls.get(&number) {
            Some((verdict, tests)) if tests.is_empty() || tests.iter().any(|test| holds(test, arguments)) => {
                verdict.action()
            }
            _ => libc::SECCOMP_RET_ALLOW,
        }
    }

    fn verdict() -> impl Strategy<Value = CallAction> {
        prop_oneof![(1..130).prop_map(CallAction::Refuse), Just(CallAction::HandOver)]
    }

    fn test() -> impl Strategy<Value = Test> {
        let values = prop_oneof![Just(&[1_u32][..]), Just(&[2, 3][..]), Just(&[0, 1, 5][..]), Just(&[][..])];
        let mask = prop_oneof![Just(u32::MAX), Just(3), Just(0xf)];
        prop_oneof![
            (0..6_u8, 1..16_i32).prop_map(|(argument, bits)| Test::any_bit(argument, bits)),
            (0..6_u8, mask.clone(), values.clone())
                .prop_map(|(at, mask, values)| Test::OneOf(at, mask, values)),
            (0..6_u8, mask, values).prop_map(|(at, mask, values)| Test::NoneOf(at, mask, values)),
            Just(Test::All(&[
                Test::OneOf(0, u32::MAX, &[1, 2]),
                Test::NoneOf(1, 0xf, &[2, 3]),
                Test::NoneOf(2, 3, &[0])
            ])),
        ]
    }

    proptest! {
        #[test]
        fn programs_do_what_the_list_says(
            calls in proptest::collection::btree_map(0..480_i64, (verdict(), proptest::collection::vec(test(), 0..3)), 0..24),
            arguments in proptest::array::uniform6(prop_oneof![0..8_u64, (0..8_u64).prop_map(|low| low | 1 << 32)]),
        ) {
            let filter = Filter { calls, twice: None };
            let program = filter.program().unwrap();
            for number in 0..500_u16 {
                prop_assert_eq!(
                    run(&program, number.into(), NATIVE, arguments),
                    expected(&filter, number.into(), arguments),
                    "call {} {:?}", number, arguments
                );
            }
            prop_assert_eq!(run(&program, 0, NATIVE ^ 0x8000_0000, arguments), libc::SECCOMP_RET_KILL_PROCESS);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn no_x32_call_passes() {
        let program = Filter::default().program().unwrap();
        for number in [0, 1, 520, 0x3fff_ffff] {
            let answer = run(&program, number | X32_BIT, NATIVE, [0; 6]);
            assert_eq!(answer, CallAction::Refuse(libc::ENOSYS).action());
        }
    }

    #[test]
    fn what_makes_no_program_is_an_error() {
        let test = [Test::any_bit(0, 1)];
        let long =
            (0..400).fold(Filter::default(), |filter, call| filter.with(call, CallAction::Refuse(1), &test));
        let twice =
            Filter::default().with(5, CallAction::Refuse(1), &[]).with(5, CallAction::Refuse(1), &test);
        let none = Filter::default().with(-1, CallAction::Refuse(1), &[]);
        for (filter, why) in
            [(long, "too long"), (twice, "call 5 is in the filter twice"), (none, "no call -1")]
        {
            let error = filter.program().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
