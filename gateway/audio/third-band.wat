;; The two loops of third-band.ts on eight samples at a time. Layout of the memory: see kernel.ts.
;; Coefficients stay in memory: V8 would build constants anew in each pass, at twice the time. Nothing is a function of its own that runs
;; in a loop: V8 would call it.
(module
  (memory (export "memory") 1)

  ;; Three outputs for each input, two inputs in a pass: two interpolated ones and the input itself.
  (func (export "interpolate") (param $line i32) (param $count i32) (param $output i32) (param $taps i32)
    (local $end i32) (local $from i32) (local $tap i32) (local $lastTap i32)
    (local $x v128) (local $y v128) (local $t v128) (local $m v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $line) (i32.shl (local.get $count) (i32.const 1))))
    (local.set $lastTap (i32.add (local.get $taps) (i32.const 64)))
    (block $done
      (loop $pass
        (br_if $done (i32.ge_u (local.get $line) (local.get $end)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (local.set $from (local.get $line))
        (local.set $tap (local.get $taps))
        ;; 32 samples by both phases, of this input and the next; 16 at a time.
        (loop $sum
          (local.set $t (v128.load (local.get $tap)))
          (local.set $m (v128.load offset=64 (local.get $tap)))
          (local.set $x (v128.load (local.get $from)))
          (local.set $y (v128.load offset=2 (local.get $from)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $x) (local.get $t))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (local.get $x) (local.get $m))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (local.get $y) (local.get $t))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (local.get $y) (local.get $m))))
          (local.set $t (v128.load offset=16 (local.get $tap)))
          (local.set $m (v128.load offset=80 (local.get $tap)))
          (local.set $x (v128.load offset=16 (local.get $from)))
          (local.set $y (v128.load offset=18 (local.get $from)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $x) (local.get $t))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (local.get $x) (local.get $m))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (local.get $y) (local.get $t))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (local.get $y) (local.get $m))))
          (local.set $from (i32.add (local.get $from) (i32.const 32)))
          (local.set $tap (i32.add (local.get $tap) (i32.const 32)))
          (br_if $sum (i32.lt_u (local.get $tap) (local.get $lastTap))))
        ;; Lanes are halved before they are added, so that no sum can wrap.
        (local.set $a (i32x4.shr_s (local.get $a) (i32.const 1)))
        (local.set $b (i32x4.shr_s (local.get $b) (i32.const 1)))
        (local.set $c (i32x4.shr_s (local.get $c) (i32.const 1)))
        (local.set $d (i32x4.shr_s (local.get $d) (i32.const 1)))
        (local.set $x
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))
        (local.set $y
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $c) (local.get $d))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $c) (local.get $d))))
        (local.set $x
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $x) (local.get $y))
            (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $x) (local.get $y))))
        (local.set $x (i32x4.shr_s (i32x4.add (local.get $x) (v128.const i32x4 8192 8192 8192 8192)) (i32.const 14)))
        (local.set $x (i16x8.narrow_i32x4_s (local.get $x) (local.get $x)))
        (v128.store32_lane 0 (local.get $output) (local.get $x))
        (i32.store16 offset=4 (local.get $output) (i32.load16_u offset=32 (local.get $line)))
        (v128.store32_lane offset=6 1 (local.get $output) (local.get $x))
        (i32.store16 offset=10 (local.get $output) (i32.load16_u offset=34 (local.get $line)))
        (local.set $line (i32.add (local.get $line) (i32.const 4)))
        (local.set $output (i32.add (local.get $output) (i32.const 12)))
        (br $pass))))

  ;; One output for each three inputs, four outputs in a pass.
  (func (export "decimate") (param $line i32) (param $count i32) (param $output i32) (param $taps i32)
    (local $end i32) (local $from i32) (local $tap i32) (local $lastTap i32)
    (local $t v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $output) (i32.shl (local.get $count) (i32.const 1))))
    (local.set $lastTap (i32.add (local.get $taps) (i32.const 192)))
    (block $done
      (loop $pass
        (br_if $done (i32.ge_u (local.get $output) (local.get $end)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (local.set $from (local.get $line))
        (local.set $tap (local.get $taps))
        ;; 96 samples of each of the four, 16 at a time.
        (loop $sum
          (local.set $t (v128.load (local.get $tap)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (v128.load (local.get $from)) (local.get $t))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (v128.load offset=6 (local.get $from)) (local.get $t))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (v128.load offset=12 (local.get $from)) (local.get $t))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (v128.load offset=18 (local.get $from)) (local.get $t))))
          (local.set $t (v128.load offset=16 (local.get $tap)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (v128.load offset=16 (local.get $from)) (local.get $t))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (v128.load offset=22 (local.get $from)) (local.get $t))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (v128.load offset=28 (local.get $from)) (local.get $t))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (v128.load offset=34 (local.get $from)) (local.get $t))))
          (local.set $from (i32.add (local.get $from) (i32.const 32)))
          (local.set $tap (i32.add (local.get $tap) (i32.const 32)))
          (br_if $sum (i32.lt_u (local.get $tap) (local.get $lastTap))))
        (local.set $a (i32x4.shr_s (local.get $a) (i32.const 1)))
        (local.set $b (i32x4.shr_s (local.get $b) (i32.const 1)))
        (local.set $c (i32x4.shr_s (local.get $c) (i32.const 1)))
        (local.set $d (i32x4.shr_s (local.get $d) (i32.const 1)))
        (local.set $a
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))
        (local.set $c
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $c) (local.get $d))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $c) (local.get $d))))
        (local.set $a
          (i32x4.add
            (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $a) (local.get $c))
            (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $a) (local.get $c))))
        (local.set $a (i32x4.shr_s (i32x4.add (local.get $a) (v128.const i32x4 16384 16384 16384 16384)) (i32.const 15)))
        (v128.store64_lane 0 (local.get $output) (i16x8.narrow_i32x4_s (local.get $a) (local.get $a)))
        (local.set $line (i32.add (local.get $line) (i32.const 24)))
        (local.set $output (i32.add (local.get $output) (i32.const 8)))
        (br $pass)))))
