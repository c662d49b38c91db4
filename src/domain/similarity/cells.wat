;; How far the cells of two pictures agree: see cells.ts, which is the only caller.
;; Cells are 64 signed bytes each. Those of one picture lie from 0 on, those of the other from 8192.
(module
  (memory (export "memory") 1)

  ;; The sum of the inner products of those that are each other's most similar; of equals the first counts.
  (func (export "agreement") (param $ones i32) (param $others i32) (result i32)
    (local $i i32) (local $j i32) (local $at i32) (local $dot i32) (local $sum i32)
    (local $best i32) (local $bestAt i32)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128)
    (local $a4 v128) (local $a5 v128) (local $a6 v128) (local $a7 v128) (local $products v128)

    ;; For each of the others, from 16384 on: the highest inner product so far, and whose it is.
    (loop $clear
      (i64.store offset=16384 (i32.shl (local.get $j) (i32.const 3)) (i64.const 0x80000000))
      (br_if $clear (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $others))))

    (loop $one
      (local.set $at (i32.shl (local.get $i) (i32.const 6)))
      (local.set $a0 (v128.load8x8_s (local.get $at)))
      (local.set $a1 (v128.load8x8_s offset=8 (local.get $at)))
      (local.set $a2 (v128.load8x8_s offset=16 (local.get $at)))
      (local.set $a3 (v128.load8x8_s offset=24 (local.get $at)))
      (local.set $a4 (v128.load8x8_s offset=32 (local.get $at)))
      (local.set $a5 (v128.load8x8_s offset=40 (local.get $at)))
      (local.set $a6 (v128.load8x8_s offset=48 (local.get $at)))
      (local.set $a7 (v128.load8x8_s offset=56 (local.get $at)))
      (local.set $best (i32.const 0x80000000))
      (local.set $j (i32.const 0))
      (loop $other
        (local.set $at (i32.shl (local.get $j) (i32.const 6)))
        (local.set $products
          (i32x4.add
            (i32x4.add
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a0) (v128.load8x8_s offset=8192 (local.get $at)))
                (i32x4.dot_i16x8_s (local.get $a1) (v128.load8x8_s offset=8200 (local.get $at))))
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a2) (v128.load8x8_s offset=8208 (local.get $at)))
                (i32x4.dot_i16x8_s (local.get $a3) (v128.load8x8_s offset=8216 (local.get $at)))))
            (i32x4.add
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a4) (v128.load8x8_s offset=8224 (local.get $at)))
                (i32x4.dot_i16x8_s (local.get $a5) (v128.load8x8_s offset=8232 (local.get $at))))
              (i32x4.add
                (i32x4.dot_i16x8_s (local.get $a6) (v128.load8x8_s offset=8240 (local.get $at)))
                (i32x4.dot_i16x8_s (local.get $a7) (v128.load8x8_s offset=8248 (local.get $at)))))))
        (local.set $products
          (i32x4.add (local.get $products)
            (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $products) (local.get $products))))
        (local.set $dot
          (i32.add (i32x4.extract_lane 0 (local.get $products)) (i32x4.extract_lane 1 (local.get $products))))
        (if (i32.gt_s (local.get $dot) (local.get $best))
          (then (local.set $best (local.get $dot)) (local.set $bestAt (local.get $j))))
        (local.set $at (i32.shl (local.get $j) (i32.const 3)))
        (if (i32.gt_s (local.get $dot) (i32.load offset=16384 (local.get $at)))
          (then
            (i32.store offset=16384 (local.get $at) (local.get $dot))
            (i32.store offset=16388 (local.get $at) (local.get $i))))
        (br_if $other (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $others))))
      (i32.store offset=24576 (i32.shl (local.get $i) (i32.const 2)) (local.get $bestAt))
      (br_if $one (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $ones))))

    (local.set $i (i32.const 0))
    (loop $mutual
      (local.set $at
        (i32.shl (i32.load offset=24576 (i32.shl (local.get $i) (i32.const 2))) (i32.const 3)))
      (if (i32.eq (i32.load offset=16388 (local.get $at)) (local.get $i))
        (then (local.set $sum (i32.add (local.get $sum) (i32.load offset=16384 (local.get $at))))))
      (br_if $mutual (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $ones))))
    (local.get $sum)))
