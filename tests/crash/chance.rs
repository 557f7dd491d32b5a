//! Chance that is the same whenever it starts from the same seed (splitmix64, Steele, Lea and Flood 2014).
//! Good enough to choose by; nothing secret comes from it.

use std::ops::RangeInclusive;

pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn number(&mut self, of: RangeInclusive<usize>) -> usize {
        of.start() + (self.next() % (of.end() - of.start() + 1) as u64) as usize
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.number(1..=times) == 1
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.number(0..=of.len() - 1)]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.number(0..=last));
        }
    }
}

#[test]
fn a_seed_gives_the_same_again_and_another_gives_something_else() {
    let of = |seed| {
        let mut order: Vec<usize> = (0..20).collect();
        Chance::of(seed).shuffle(&mut order);
        order
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    let mut sorted = of(3);
    sorted.sort_unstable();
    assert_eq!(sorted, (0..20).collect::<Vec<_>>());
    // The first number of the published generator for seed 0.
    assert_eq!(Chance::of(0).next(), 0xE220_A839_7B1D_CDAF);
}
