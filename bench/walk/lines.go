package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// lineSet stands for lines in any order, repeats counted: two outputs have the
// same one if they are equal once sorted. It is small however long they are.
type lineSet struct {
	count int
	sum   [4]uint64 // of the lines' hashes
}

func readLineSet(r io.Reader) (lineSet, error) {
	var set lineSet
	in := bufio.NewReaderSize(r, 1<<16)
	hash := sha256.New()
	open := false // a line has begun
	for {
		part, err := in.ReadSlice('\n')
		hash.Write(part)
		open = open || len(part) > 0
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return lineSet{}, err
		}
		if open {
			set.add(hash.Sum(nil))
			hash.Reset()
			open = false
		}
		if err != nil {
			return set, nil
		}
	}
}

func (s *lineSet) add(digest []byte) {
	s.count++
	for i := range s.sum {
		s.sum[i] += binary.LittleEndian.Uint64(digest[8*i:])
	}
}
