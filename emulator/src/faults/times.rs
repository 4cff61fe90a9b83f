//! How often a rule fires.

use serde::{Deserialize, Serialize};

use super::RuleError;

/// Until the rule is removed, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Times {
    /// The next so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Which share, 0 to 1, of what the rule covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// What chooses among the covered: the same seed chooses the same ones.
    pub seed: u64,
}

impl Times {
    /// Whether the match with this number, from 0, fires after so many that have.
    pub fn fires(&self, number: u64, fired: u64) -> bool {
        self.next.is_none_or(|next| fired < next)
            && self.share.is_none_or(|share| fraction(self.seed, number) < share)
    }

    pub(super) fn check(&self) -> Result<(), RuleError> {
        match self.share {
            Some(share) if !(0.0..=1.0).contains(&share) => {
                Err(RuleError::Number { member: "share", bounds: "between 0 and 1" })
            }
            _ => Ok(()),
        }
    }
}

/// A number of [0, 1) for each place in a seed's sequence: SplitMix64 (Steele, Lea and Flood, 2014), which is even
/// enough, needs no state and is the same on every machine.
fn fraction(seed: u64, number: u64) -> f64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bits = seed.wrapping_add(GOLDEN.wrapping_mul(number.wrapping_add(1)));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    // The upper 32 bits, which a float holds exactly.
    f64::from(u32::try_from(bits >> 32).unwrap_or(u32::MAX)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(times: &Times, of: u64) -> Vec<u64> {
        let mut fired = 0;
        (0..of)
            .filter(|number| {
                let fires = times.fires(*number, fired);
                fired += u64::from(fires);
                fires
            })
            .collect()
    }

    #[test]
    fn the_next_few_are_the_next_few() {
        assert_eq!(chosen(&Times { next: Some(2), ..Times::default() }, 5), [0, 1]);
        assert_eq!(chosen(&Times::default(), 3), [0, 1, 2]);
    }

    #[test]
    fn a_share_is_about_that_share_and_the_same_for_the_same_seed() {
        let times = |seed| Times { share: Some(0.25), seed, next: None };
        let count = chosen(&times(7), 10_000).len();
        assert!((2_300..2_700).contains(&count), "{count}");
        assert_eq!(chosen(&times(7), 50), chosen(&times(7), 50));
        assert_ne!(chosen(&times(7), 50), chosen(&times(8), 50));
        assert!(chosen(&Times { share: Some(0.0), ..Times::default() }, 50).is_empty());
        assert_eq!(chosen(&Times { share: Some(1.0), ..Times::default() }, 3), [0, 1, 2]);
    }
}
