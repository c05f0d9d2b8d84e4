//! Boxes, their suppression, and outputs that are none.

use super::*;

const SIZE: ImageSize = ImageSize {
    width: 1280,
    height: 640,
};

/// Output with these boxes (centre and size in pixels of the input) and scores.
fn output(labels: usize, columns: &[([f32; 4], &[f32])]) -> Vec<Tensor> {
    let rows = 4 + labels;
    let value = |row: usize| {
        columns.iter().map(move |(area, scores)| match row {
            0..4 => area[row],
            _ => scores[row - 4],
        })
    };
    let values = (0..rows).flat_map(value).collect();
    vec![Tensor::new(
        OUTPUT,
        [1, rows, columns.len()],
        TensorValues::F32(values),
    )]
}

fn found(columns: &[([f32; 4], &[f32])], rules: Suppression) -> Vec<(f32, &'static str)> {
    let letterbox = Letterbox::of(SIZE, 640);
    let objects = NUTRISCORE.objects(&output(5, columns), &letterbox, rules);
    let objects = objects.expect("a well-formed output");
    objects.iter().map(|o| (o.score, o.label)).collect()
}

#[test]
fn boxes_are_fractions_of_the_image_before_the_letterbox() {
    // The image is 640 x 320 in the input, 160 pixels below its top.
    let columns: [([f32; 4], &[f32]); 1] = [([320.0, 320.0, 64.0, 32.0], &[0.9])];
    let letterbox = Letterbox::of(SIZE, 640);
    let objects = NUTRITION_TABLE
        .objects(&output(1, &columns), &letterbox, Suppression::at(0.5))
        .expect("a well-formed output");
    let golden = [0.45, 0.45, 0.55, 0.55];
    let area = objects[0].area;
    for (found, expected) in [area.y_min, area.x_min, area.y_max, area.x_max]
        .iter()
        .zip(golden)
    {
        assert!((found - expected).abs() < 1e-9, "{area:?}");
    }
    let (run, confidence) = stored_run(&objects);
    assert_eq!(run["objects"][0]["label"], "nutrition-table");
    assert_eq!(confidence, Some(f64::from(0.9f32)));
    assert_eq!(stored_run(&[]), (json!({"objects": []}), None));
}

#[test]
fn of_overlapping_objects_the_best_is_kept_whatever_its_class() {
    let a: &[f32] = &[0.8, 0.1, 0.0, 0.0, 0.0];
    let b: &[f32] = &[0.1, 0.9, 0.0, 0.0, 0.0];
    let c: &[f32] = &[0.0, 0.0, 0.5, 0.0, 0.0];
    let columns = [
        ([320.0, 320.0, 100.0, 100.0], a),
        ([322.0, 320.0, 100.0, 100.0], b),
        ([100.0, 320.0, 50.0, 50.0], c),
    ];
    assert_eq!(
        found(&columns, Suppression::at(0.1)),
        [(0.9, "nutriscore-b"), (0.5, "nutriscore-c")]
    );
    let off = Suppression {
        is_on: false,
        ..Suppression::at(0.1)
    };
    assert_eq!(found(&columns, off).len(), 3);
    // A score equal to the threshold is only kept without suppression.
    assert_eq!(found(&columns, Suppression::at(0.5)).len(), 1);
    let off = Suppression {
        is_on: false,
        ..Suppression::at(0.5)
    };
    assert_eq!(found(&columns, off).len(), 3);
}

#[test]
fn the_allowed_overlap_shrinks_by_eta() {
    let score: [&[f32]; 3] = [
        &[0.9, 0.0, 0.0, 0.0, 0.0],
        &[0.8, 0.0, 0.0, 0.0, 0.0],
        &[0.7, 0.0, 0.0, 0.0, 0.0],
    ];
    // The second overlaps the first by 0.6, the third only the first, by 0.6 too.
    let columns = [
        ([300.0, 300.0, 100.0, 100.0], score[0]),
        ([325.0, 300.0, 100.0, 100.0], score[1]),
        ([300.0, 325.0, 100.0, 100.0], score[2]),
    ];
    assert_eq!(found(&columns, Suppression::at(0.1)).len(), 3);
    let shrinking = Suppression {
        eta: 0.9,
        ..Suppression::at(0.1)
    };
    assert_eq!(found(&columns, shrinking).len(), 2);
}

#[test]
fn odd_outputs_are_errors() {
    let letterbox = Letterbox::of(SIZE, 640);
    let tensor =
        |shape: &[usize], values: Vec<f32>| Tensor::new(OUTPUT, shape, TensorValues::F32(values));
    for outputs in [
        vec![],
        vec![tensor(&[1, 5, 1], vec![0.0; 5])],
        vec![tensor(&[1, 9, 2], vec![0.0; 9])],
        vec![tensor(&[1, 9, 1], vec![f32::NAN; 9])],
        vec![tensor(&[1, 9, 1], vec![f32::INFINITY; 9])],
        vec![tensor(&[9], vec![0.0; 9])],
    ] {
        let objects = NUTRISCORE.objects(&outputs, &letterbox, Suppression::at(0.5));
        assert!(objects.is_err(), "{outputs:?}");
    }
    let none = vec![tensor(&[1, 9, 0], vec![])];
    let objects = NUTRISCORE.objects(&none, &letterbox, Suppression::at(0.5));
    assert_eq!(objects, Ok(Vec::new()));
}

#[test]
fn the_input_is_padded_with_grey() {
    let size = ImageSize {
        width: 4,
        height: 2,
    };
    let letterbox = Letterbox::of(size, 4);
    let pixels: Vec<u8> = (0..8u8).flat_map(|_| [255, 0, 51]).collect();
    let tensor = letterbox.tensor(&pixels);
    assert_eq!(tensor.shape, [1, 3, 4, 4]);
    let values = tensor.finite().expect("numbers");
    assert_eq!(values[..4], [PADDING; 4]);
    assert_eq!(values[4..12], [1.0; 8]);
    assert_eq!(values[16 + 4..16 + 12], [0.0; 8]);
    assert_eq!(values[32 + 4..32 + 12], [0.2; 8]);
    assert_eq!(values[44..], [PADDING; 4]);
}
