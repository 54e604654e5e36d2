//! The tray's pictures: the app's icon, with a mark for what the agents do.

use host::Activity;

/// IconPixels in RGBA, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IconPixels {
    pub(super) rgba: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Mark in the lower right corner. Its form says it too, for who doesn't tell the colors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Disc: something waits for the person.
    Waiting,
    /// Ring: agents are at work.
    Working,
}

impl Mark {
    fn color(self) -> [u8; 3] {
        match self {
            Self::Waiting => [0xf5, 0x9e, 0x0b],
            Self::Working => [0x22, 0xc5, 0x5e],
        }
    }
}

/// Returns the app's icon with the mark of what the agents do.
pub(super) fn with_mark(mut icon: IconPixels, activity: &Activity) -> IconPixels {
    let mark = match (activity.waiting.len(), activity.working) {
        (0, 0) => return icon,
        (0, _) => Mark::Working,
        _ => Mark::Waiting,
    };
    let [red, green, blue] = mark.color();
    let width = icon.width as usize;
    // in half pixels, so that a centre can be between two
    let radius = i64::from(icon.width) * 2 * 27 / 100;
    let (x_centre, y_centre) = (i64::from(icon.width) * 2 - radius, i64::from(icon.height) * 2 - radius);
    for (at, pixel) in icon.rgba.chunks_exact_mut(4).enumerate() {
        let half = |position: usize| i64::try_from(position * 2 + 1).unwrap_or(i64::MAX);
        let (x, y) = (half(at % width) - x_centre, half(at / width) - y_centre);
        let from_centre = (x * x + y * y) * 100;
        let reaches = |percent: i64| from_centre <= radius * radius * percent * percent / 100;
        let is_hole = mark == Mark::Working && reaches(45);
        if reaches(80) && !is_hole {
            pixel.copy_from_slice(&[red, green, blue, 0xff]);
        } else if reaches(100) {
            // an empty rim keeps the mark apart from the icon, on any panel
            pixel.fill(0);
        }
    }
    icon
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::{CallId, SessionId, WaitingDecision};

    fn icon() -> IconPixels {
        IconPixels { rgba: [0x10, 0x20, 0x30, 0xff].repeat(32 * 32), width: 32, height: 32 }
    }

    #[test]
    fn what_waits_is_a_disc_and_what_works_a_ring() {
        let idle = with_mark(icon(), &Activity::default());
        assert_eq!(idle, icon());
        let working = with_mark(icon(), &Activity { working: 1, ..Activity::default() });
        let decision = WaitingDecision {
            session: SessionId::from("s"),
            call_id: CallId::from("c"),
            name: String::new(),
        };
        let waiting = with_mark(icon(), &Activity { working: 1, waiting: vec![decision] });
        let at = |picture: &IconPixels, x: usize, y: usize| picture.rgba[(y * 32 + x) * 4..][..4].to_vec();
        // the middle of the mark, and the app's icon beside it
        assert_eq!(at(&waiting, 23, 23), [0xf5, 0x9e, 0x0b, 0xff]);
        assert_eq!(at(&working, 23, 23)[3], 0, "a ring has a hole");
        for picture in [&working, &waiting] {
            assert_eq!(at(picture, 5, 5), at(&idle, 5, 5));
        }
    }
}
