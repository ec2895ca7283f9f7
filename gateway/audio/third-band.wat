;; The inner loops of the third-band filter, for eight outputs at a time. What they compute is said in kernel.ts and third-band.ts;
;; plain-kernel.ts computes the same in JavaScript. `npm run kernel` makes third-band-wasm.ts of this file.
;;
;; Pointers count bytes; samples and taps are int16. The number of outputs is rounded up to eights: what is too many is made of
;; whatever lies behind the line, and means nothing.
;;
;; How eight outputs are summed without ever adding across lanes: take one pair of neighbouring taps, the same in all four lanes.
;; Its dot product with eight samples in a row is what the pair adds to the outputs 0, 2, 4 and 6 ("even"), and with the eight
;; samples that begin one later, to 1, 3, 5 and 7 ("odd"). `narrow` then clips to 16 bits and leaves the order 0 2 4 6 1 3 5 7.
;;
;; Taps come from memory: V8 builds a `v128.const` anew for each use. It inlines the small functions.
(module
  (import "host" "memory" (memory 1))

  ;; Half of a + b, rounded down; exact, where a + b itself could overflow.
  (func $halfOfSum (param $a v128) (param $b v128) (result v128)
    (i32x4.add
      (i32x4.add (i32x4.shr_s (local.get $a) (i32.const 1)) (i32x4.shr_s (local.get $b) (i32.const 1)))
      (v128.and (v128.and (local.get $a) (local.get $b)) (i32x4.splat (i32.const 1)))))

  ;; ------------------------------------------------------------------------------------------------------------------- 8 to 24 kHz

  ;; Sums over 16 of the 32 taps, of both interpolated phases: first even, first odd, second even, second odd.
  (func $sumsUp (param $taps i32) (param $samples i32) (result v128 v128 v128 v128)
    (local $end i32) (local $row v128) (local $firstTaps v128) (local $secondTaps v128)
    (local $firstEven v128) (local $firstOdd v128) (local $secondEven v128) (local $secondOdd v128)
    (local.set $end (i32.add (local.get $taps) (i32.const 32)))
    (loop $pair
      (local.set $firstTaps (v128.load32_splat (local.get $taps)))
      (local.set $secondTaps (v128.load32_splat offset=64 (local.get $taps)))
      (local.set $row (v128.load (local.get $samples)))
      (local.set $firstEven (i32x4.add (local.get $firstEven) (i32x4.dot_i16x8_s (local.get $row) (local.get $firstTaps))))
      (local.set $secondEven (i32x4.add (local.get $secondEven) (i32x4.dot_i16x8_s (local.get $row) (local.get $secondTaps))))
      (local.set $row (v128.load offset=2 (local.get $samples)))
      (local.set $firstOdd (i32x4.add (local.get $firstOdd) (i32x4.dot_i16x8_s (local.get $row) (local.get $firstTaps))))
      (local.set $secondOdd (i32x4.add (local.get $secondOdd) (i32x4.dot_i16x8_s (local.get $row) (local.get $secondTaps))))
      (local.set $samples (i32.add (local.get $samples) (i32.const 4)))
      (local.set $taps (i32.add (local.get $taps) (i32.const 4)))
      (br_if $pair (i32.lt_u (local.get $taps) (local.get $end))))
    (local.get $firstEven) (local.get $firstOdd) (local.get $secondEven) (local.get $secondOdd))

  ;; Four outputs from the sums over their older and their newer taps, which have scale 2^15.
  (func $outputsUp (param $older v128) (param $newer v128) (result v128)
    (i32x4.shr_s
      (i32x4.add (call $halfOfSum (local.get $older) (local.get $newer)) (i32x4.splat (i32.const 0x2000)))
      (i32.const 14)))

  ;; `taps`: 32 for the first of three outputs, oldest sample first, then 32 for the second.
  (func (export "interpolate") (param $taps i32) (param $line i32) (param $output i32) (param $count i32)
    (local $end i32) (local $first v128) (local $second v128) (local $third v128) (local $mixed v128)
    (local $firstEven v128) (local $firstOdd v128) (local $secondEven v128) (local $secondOdd v128)
    (local $newFirstEven v128) (local $newFirstOdd v128) (local $newSecondEven v128) (local $newSecondOdd v128)
    (local.set $end (i32.add (local.get $line) (i32.shl (local.get $count) (i32.const 1))))
    (loop $eight
      (call $sumsUp (local.get $taps) (local.get $line))
      (local.set $secondOdd) (local.set $secondEven) (local.set $firstOdd) (local.set $firstEven)
      (call $sumsUp (i32.add (local.get $taps) (i32.const 32)) (i32.add (local.get $line) (i32.const 32)))
      (local.set $newSecondOdd) (local.set $newSecondEven) (local.set $newFirstOdd) (local.set $newFirstEven)
      (local.set $first (i16x8.narrow_i32x4_s
        (call $outputsUp (local.get $firstEven) (local.get $newFirstEven))
        (call $outputsUp (local.get $firstOdd) (local.get $newFirstOdd))))
      (local.set $second (i16x8.narrow_i32x4_s
        (call $outputsUp (local.get $secondEven) (local.get $newSecondEven))
        (call $outputsUp (local.get $secondOdd) (local.get $newSecondOdd))))
      ;; The third outputs are the samples in the middle of the taps.
      (local.set $third (v128.load offset=32 (local.get $line)))

      ;; F0 S0 T0 F1 S1 T1 F2 S2
      (local.set $mixed ;; F0 S0 F1 S1 F2 S2
        (i8x16.shuffle 0 1 16 17 8 9 24 25 2 3 18 19 0 0 0 0 (local.get $first) (local.get $second)))
      (v128.store (local.get $output)
        (i8x16.shuffle 0 1 2 3 16 17 4 5 6 7 18 19 8 9 10 11 (local.get $mixed) (local.get $third)))
      ;; T2 F3 S3 T3 F4 S4 T4 F5
      (local.set $mixed ;; F3 S3 F4 S4 F5
        (i8x16.shuffle 10 11 26 27 4 5 20 21 12 13 0 0 0 0 0 0 (local.get $first) (local.get $second)))
      (v128.store offset=16 (local.get $output)
        (i8x16.shuffle 20 21 0 1 2 3 22 23 4 5 6 7 24 25 8 9 (local.get $mixed) (local.get $third)))
      ;; S5 T5 F6 S6 T6 F7 S7 T7
      (local.set $mixed ;; S5 F6 S6 F7 S7
        (i8x16.shuffle 28 29 6 7 22 23 14 15 30 31 0 0 0 0 0 0 (local.get $first) (local.get $second)))
      (v128.store offset=32 (local.get $output)
        (i8x16.shuffle 0 1 26 27 2 3 4 5 28 29 6 7 8 9 30 31 (local.get $mixed) (local.get $third)))

      (local.set $output (i32.add (local.get $output) (i32.const 48)))
      (local.set $line (i32.add (local.get $line) (i32.const 16)))
      (br_if $eight (i32.lt_u (local.get $line) (local.get $end)))))

  ;; ------------------------------------------------------------------------------------------------------------------- 24 to 8 kHz

  ;; Deals `groups` times 24 samples out to three branches, 16 KiB apart: 0 3 6 …, 1 4 7 … and 2 5 8 …
  (func $deal (param $line i32) (param $branches i32) (param $groups i32)
    (local $a v128) (local $b v128) (local $c v128)
    (loop $group
      (local.set $a (v128.load (local.get $line)))
      (local.set $b (v128.load offset=16 (local.get $line)))
      (local.set $c (v128.load offset=32 (local.get $line)))
      (v128.store (local.get $branches)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 20 21 26 27
          (i8x16.shuffle 0 1 6 7 12 13 18 19 24 25 30 31 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (v128.store offset=16384 (local.get $branches)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 17 22 23 28 29
          (i8x16.shuffle 2 3 8 9 14 15 20 21 26 27 0 0 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (v128.store offset=32768 (local.get $branches)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 18 19 24 25 30 31
          (i8x16.shuffle 4 5 10 11 16 17 22 23 28 29 0 0 0 0 0 0 (local.get $a) (local.get $b))
          (local.get $c)))
      (local.set $line (i32.add (local.get $line) (i32.const 48)))
      (local.set $branches (i32.add (local.get $branches) (i32.const 16)))
      (br_if $group (local.tee $groups (i32.sub (local.get $groups) (i32.const 1))))))

  ;; Four outputs from the sums over the first and the second branch, at scale 2^16, and over the third, at scale 2^15.
  (func $outputsDown (param $first v128) (param $second v128) (param $third v128) (result v128)
    (i32x4.shr_s
      (i32x4.add
        (i32x4.add (call $halfOfSum (local.get $first) (local.get $second)) (local.get $third))
        (i32x4.splat (i32.const 0x4000)))
      (i32.const 15)))

  ;; `taps`: 32 for the first branch, oldest sample first, 32 for the second, and for the third the middle one and a zero.
  ;; `branches`: 48 KiB to work in.
  (func (export "decimate") (param $taps i32) (param $line i32) (param $branches i32) (param $output i32) (param $count i32)
    (local $tap i32) (local $tapsEnd i32) (local $samples i32) (local $end i32) (local $zero v128)
    (local $pairOfTaps v128) (local $middleTap v128) (local $outputs v128)
    (local $firstEven v128) (local $firstOdd v128) (local $secondEven v128) (local $secondOdd v128)
    ;; As many as there are outputs, rounded up to eights, and the 32 samples that the last ones reach ahead.
    (call $deal (local.get $line) (local.get $branches)
      (i32.shr_u (i32.add (local.get $count) (i32.const 39)) (i32.const 3)))
    (local.set $middleTap (v128.load32_splat offset=128 (local.get $taps)))
    (local.set $tapsEnd (i32.add (local.get $taps) (i32.const 64)))
    (local.set $end (i32.add (local.get $output) (i32.shl (local.get $count) (i32.const 1))))
    (loop $eight
      (local.set $firstEven (local.get $zero))
      (local.set $firstOdd (local.get $zero))
      (local.set $secondEven (local.get $zero))
      (local.set $secondOdd (local.get $zero))
      (local.set $tap (local.get $taps))
      (local.set $samples (local.get $branches))
      (loop $pair
        (local.set $pairOfTaps (v128.load32_splat (local.get $tap)))
        (local.set $firstEven (i32x4.add (local.get $firstEven)
          (i32x4.dot_i16x8_s (v128.load (local.get $samples)) (local.get $pairOfTaps))))
        (local.set $firstOdd (i32x4.add (local.get $firstOdd)
          (i32x4.dot_i16x8_s (v128.load offset=2 (local.get $samples)) (local.get $pairOfTaps))))
        (local.set $pairOfTaps (v128.load32_splat offset=64 (local.get $tap)))
        (local.set $secondEven (i32x4.add (local.get $secondEven)
          (i32x4.dot_i16x8_s (v128.load offset=16384 (local.get $samples)) (local.get $pairOfTaps))))
        (local.set $secondOdd (i32x4.add (local.get $secondOdd)
          (i32x4.dot_i16x8_s (v128.load offset=16386 (local.get $samples)) (local.get $pairOfTaps))))
        (local.set $samples (i32.add (local.get $samples) (i32.const 4)))
        (local.set $tap (i32.add (local.get $tap) (i32.const 4)))
        (br_if $pair (i32.lt_u (local.get $tap) (local.get $tapsEnd))))
      ;; The middle is sample 15 of the third branch: 32768 + 30 bytes.
      (local.set $outputs (i16x8.narrow_i32x4_s
        (call $outputsDown (local.get $firstEven) (local.get $secondEven)
          (i32x4.dot_i16x8_s (v128.load offset=32798 (local.get $branches)) (local.get $middleTap)))
        (call $outputsDown (local.get $firstOdd) (local.get $secondOdd)
          (i32x4.dot_i16x8_s (v128.load offset=32800 (local.get $branches)) (local.get $middleTap)))))
      (v128.store (local.get $output)
        (i8x16.shuffle 0 1 8 9 2 3 10 11 4 5 12 13 6 7 14 15 (local.get $outputs) (local.get $zero)))
      (local.set $branches (i32.add (local.get $branches) (i32.const 16)))
      (local.set $output (i32.add (local.get $output) (i32.const 16)))
      (br_if $eight (i32.lt_u (local.get $output) (local.get $end))))))
