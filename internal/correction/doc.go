// Package correction keeps what people say of labels: that a category is right,
// wrong or missing, or that a review is filler. What they say wins over the
// classifier, survives relabelling and importing again, and can be undone.
//
// A [Store] is the file; [Apply] gives the labels of a review after its
// corrections; [Known] says what is settled of it; [Precisions] counts how often people agreed with
// rules and categories.
//
// A file whose bytes changed, or that was cut off, is found when it is opened: each
// record has a checksum, and the file says how many there are. The error is
// [ErrDamaged]; [Mend] keeps what can still be read.
//
// A correction is on disk before [Store.Add] returns. A Store is safe for
// concurrent use; one process has it open at a time.
package correction
