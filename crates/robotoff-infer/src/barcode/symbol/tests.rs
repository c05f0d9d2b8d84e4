//! Symbols of every kind, distorted ones, and stripes that are none.

use super::fixture::widths_of;
use super::*;

fn read(widths: &[f32]) -> Vec<String> {
    let symbols = symbols(widths).into_iter();
    symbols
        .map(|symbol| format!("{} {}", symbol.symbology.name(), symbol.code))
        .collect()
}

#[test]
fn each_kind_of_symbol_is_read() {
    for (code, check, expected) in [
        ("3017620422003", 0, "EAN-13 3017620422003"),
        ("8413000065504", 0, "EAN-13 8413000065504"),
        ("060410049235", 0, "UPC-A 060410049235"),
        ("20005733", 0, "EAN-8 20005733"),
        ("425261", 4, "UPC-E 042100005264"),
        ("123455", 7, ""),
    ] {
        let found = read(&widths_of(code, check));
        let expected: Vec<&str> = [expected].into_iter().filter(|it| !it.is_empty()).collect();
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn bars_may_be_too_wide_and_the_width_may_change_along_the_line() {
    for (spread, growth) in [(0.35, 0.0), (-0.35, 0.0), (0.2, 0.004), (0.0, 0.008)] {
        let mut widths = widths_of("4000539017100", 0);
        let mut scale = 3.0;
        for (at, width) in widths.iter_mut().enumerate() {
            let ink = if at % 2 == 1 { spread } else { -spread };
            *width = (*width + ink) * scale;
            scale *= 1.0 + growth;
        }
        assert_eq!(read(&widths), ["EAN-13 4000539017100"], "{spread} {growth}");
    }
}

#[test]
fn a_wrong_check_digit_or_no_quiet_zone_is_no_symbol() {
    assert_eq!(read(&widths_of("3017620422004", 0)), [] as [&str; 0]);
    let mut widths = widths_of("3017620422003", 0);
    widths[0] = 1.0;
    assert_eq!(read(&widths), [] as [&str; 0]);
    assert_eq!(read(&[1.0; 99]), [] as [&str; 0]);
    assert_eq!(read(&[]), [] as [&str; 0]);
}

#[test]
fn stripes_of_any_widths_are_hardly_ever_a_symbol() {
    // A linear congruential generator: the same stripes in each run.
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u8::try_from(state >> 24).unwrap_or(0)) / 64.0
    };
    let widths: Vec<f32> = (0..200_000).map(|_| 0.8 + random()).collect();
    assert_eq!(read(&widths), [] as [&str; 0]);
}
