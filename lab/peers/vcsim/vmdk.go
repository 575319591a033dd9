// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The streamOptimized form of VMDK, as "Virtual Disk Format 5.0" describes it: grains in order, each
// behind a marker, with their tables after them and the directory at the end.
const (
	sector       = 512
	grainSectors = 128
	grainBytes   = grainSectors * sector
	tableEntries = 512
	overhead     = 128

	markerEnd       = 0
	markerTable     = 1
	markerDirectory = 2
	markerFooter    = 3

	directoryAtEnd = ^uint64(0)
)

type vmdkWriter struct {
	out     io.Writer
	sectors uint64
}

// writeVmdk writes the file at path, taken as a raw disk of this capacity whose missing end is
// zeros, and returns how many bytes of it are in grains.
func writeVmdk(out io.Writer, path string, capacity int64) (int64, error) {
	file, err := os.Open(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if file != nil {
		defer file.Close()
	}
	w := &vmdkWriter{out: out}
	if err := w.head(capacity); err != nil {
		return 0, err
	}
	populated, directory, err := w.grains(file, capacity)
	if err != nil {
		return 0, err
	}
	if err := w.marker(uint64(pad(len(directory)*4)/sector), markerDirectory); err != nil {
		return 0, err
	}
	directoryAt := w.sectors
	if err := w.numbers(directory); err != nil {
		return 0, err
	}
	if err := w.marker(1, markerFooter); err != nil {
		return 0, err
	}
	if err := w.write(header(capacity, directoryAt)); err != nil {
		return 0, err
	}
	return populated, w.marker(0, markerEnd)
}

func (w *vmdkWriter) head(capacity int64) error {
	if err := w.write(header(capacity, directoryAtEnd)); err != nil {
		return err
	}
	descriptor := fmt.Sprintf("# Disk DescriptorFile\nversion=1\nCID=%08x\nparentCID=ffffffff\n"+
		"createType=\"streamOptimized\"\n\n# Extent description\nRDONLY %d SPARSE \"disk.vmdk\"\n\n"+
		"# The Disk Data Base\nddb.adapterType = \"lsilogic\"\nddb.virtualHWVersion = \"13\"\n", 0x0d206e51, capacity/sector)
	rest := make([]byte, (overhead-1)*sector)
	copy(rest, descriptor)
	return w.write(rest)
}

func header(capacity int64, directoryAt uint64) []byte {
	block := make([]byte, sector)
	order := binary.LittleEndian
	copy(block, "KDMV")
	order.PutUint32(block[4:], 3)
	order.PutUint32(block[8:], 1|1<<16|1<<17)
	order.PutUint64(block[12:], uint64(capacity/sector))
	order.PutUint64(block[20:], grainSectors)
	order.PutUint64(block[28:], 1)
	order.PutUint64(block[36:], 20)
	order.PutUint32(block[44:], tableEntries)
	order.PutUint64(block[48:], 0)
	order.PutUint64(block[56:], directoryAt)
	order.PutUint64(block[64:], overhead)
	copy(block[73:], "\n \r\n")
	order.PutUint16(block[77:], 1)
	return block
}

func (w *vmdkWriter) grains(file *os.File, capacity int64) (int64, []uint32, error) {
	total := (capacity + grainBytes - 1) / grainBytes
	tables := (total + tableEntries - 1) / tableEntries
	directory := make([]uint32, tables)
	grain := make([]byte, grainBytes)
	zeros := make([]byte, grainBytes)
	var populated int64
	for t := int64(0); t < tables; t++ {
		table := make([]uint32, tableEntries)
		used := false
		for i := int64(0); i < tableEntries && t*tableEntries+i < total; i++ {
			at := (t*tableEntries + i) * grainBytes
			n, err := readAt(file, grain, at, capacity)
			if err != nil {
				return 0, nil, err
			}
			if bytes.Equal(grain, zeros) {
				continue
			}
			used = true
			populated += int64(n)
			table[i] = uint32(w.sectors)
			if err := w.grain(uint64(at/sector), grain); err != nil {
				return 0, nil, err
			}
		}
		if used {
			if err := w.marker(tableEntries*4/sector, markerTable); err != nil {
				return 0, nil, err
			}
			directory[t] = uint32(w.sectors)
			if err := w.numbers(table); err != nil {
				return 0, nil, err
			}
		}
	}
	return populated, directory, nil
}

// readAt fills the buffer from the file, with zeros where the file or the disk ends.
func readAt(file *os.File, into []byte, at, capacity int64) (int, error) {
	clear(into)
	length := int(min(int64(len(into)), capacity-at))
	if file == nil {
		return length, nil
	}
	if _, err := file.ReadAt(into[:length], at); err != nil && err != io.EOF {
		return 0, err
	}
	return length, nil
}

func (w *vmdkWriter) grain(lba uint64, data []byte) error {
	var packed bytes.Buffer
	packed.Write(make([]byte, 12))
	deflate, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := deflate.Write(data); err != nil {
		return err
	}
	if err := deflate.Close(); err != nil {
		return err
	}
	block := packed.Bytes()
	binary.LittleEndian.PutUint64(block, lba)
	binary.LittleEndian.PutUint32(block[8:], uint32(len(block)-12))
	return w.write(append(block, make([]byte, pad(len(block))-len(block))...))
}

func (w *vmdkWriter) marker(value uint64, kind uint32) error {
	block := make([]byte, sector)
	binary.LittleEndian.PutUint64(block, value)
	binary.LittleEndian.PutUint32(block[12:], kind)
	return w.write(block)
}

func (w *vmdkWriter) numbers(values []uint32) error {
	block := make([]byte, pad(len(values)*4))
	for i, each := range values {
		binary.LittleEndian.PutUint32(block[i*4:], each)
	}
	return w.write(block)
}

func (w *vmdkWriter) write(block []byte) error {
	w.sectors += uint64(len(block) / sector)
	_, err := w.out.Write(block)
	return err
}

func pad(length int) int {
	return (length + sector - 1) / sector * sector
}
