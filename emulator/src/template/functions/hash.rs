//! The hash behind `uniqueString` and behind the hash of a template, and the namespace of `guid`.
//!
//! MurmurHash in the variant of Azure's resource stack: two lanes of 32 bits side by side. The algorithm is undocumented;
//! the tests hold it against values that users got from Azure.

use uuid::Uuid;

const FIRST: u32 = 597_399_067;
const SECOND: u32 = 2_869_860_233;

/// The namespace of `guid` ("String functions for Bicep: guid", DOC).
const GUID_NAMESPACE: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

/// The letters of `uniqueString`.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The 13 letters of `uniqueString`.
pub fn unique_string(parts: &[String]) -> String {
    let hash = hash(parts.join("-").as_bytes());
    // Five bits a letter from the top; the last letter gets the four that are left.
    let letters = (0..13).map(|index| (hash << (5 * index)) >> 59);
    letters
        .filter_map(|bits| LETTERS.get(usize::try_from(bits).ok()?))
        .map(|letter| char::from(*letter))
        .collect()
}

/// The id of `guid`.
pub fn guid(parts: &[String]) -> Uuid {
    Uuid::new_v5(&GUID_NAMESPACE, parts.join("-").as_bytes())
}

/// The hash of a template, by which a deployment tells that it is the same: over its JSON in upper case and without
/// white space, in decimal.
pub fn of_template(template: &serde_json::Value) -> String {
    hash(template.to_string().to_uppercase().as_bytes()).to_string()
}

fn hash(data: &[u8]) -> u64 {
    let (mut low, mut high) = (0_u32, 0_u32);
    let mut blocks = data.chunks_exact(8);
    for block in blocks.by_ref() {
        let (one, other) = block.split_at(4);
        low = (low ^ mix_low(lane(one))).rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(1_444_728_091);
        high = (high ^ mix_high(lane(other))).rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(197_830_471);
    }
    let rest = blocks.remainder();
    let (one, other) = rest.split_at(rest.len().min(4));
    low ^= mix_low(lane(one));
    high ^= mix_high(lane(other));
    // The length of a template is below the 4 MB that a request may have.
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    low = (low ^ length).wrapping_add(high ^ length);
    high = (high ^ length).wrapping_add(low);
    low = finish(low);
    high = finish(high);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (u64::from(high) << 32) | u64::from(low)
}

/// Up to four bytes, little end first.
fn lane(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |lane, byte| (lane << 8) | u32::from(*byte))
}

fn mix_low(lane: u32) -> u32 {
    lane.wrapping_mul(FIRST).rotate_left(15).wrapping_mul(SECOND)
}

fn mix_high(lane: u32) -> u32 {
    lane.wrapping_mul(SECOND).rotate_left(17).wrapping_mul(FIRST)
}

fn finish(mut lane: u32) -> u32 {
    lane = (lane ^ (lane >> 16)).wrapping_mul(2_246_822_507);
    lane = (lane ^ (lane >> 13)).wrapping_mul(3_266_489_909);
    lane ^ (lane >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_string_is_azures() {
        // USER: Stack Overflow 43295720 for the first; JasonWhall/go-azure-uniquestring for the second, hash included.
        let unique =
            |parts: &[&str]| unique_string(&parts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(unique(&["tyeth"]), "zcztcwvu6iyg6");
        assert_eq!(
            (unique(&["hello", "world"]).as_str(), hash(b"hello-world")),
            ("a7wkljktk6wne", 571_013_382_255_652_050)
        );
        assert_eq!(unique(&[""]), "aaaaaaaaaaaaa");
    }
}
