// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha1"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// trackedBytes is the smallest area that is told apart.
const trackedBytes = 64 << 10

// blocks are the digests of all blocks of a disk that are not zeros, by their numbers.
type blocks map[int64][sha1.Size]byte

type diskAt struct {
	snapshot types.ManagedObjectReference
	key      int32
}

// tracker remembers what disks held at each snapshot: digests for good, since a change id outlives
// its snapshot, and the bytes while the snapshot is there.
type tracker struct {
	mu       sync.Mutex
	sequence int
	epoch    string
	dir      string
	byChange map[string]blocks
	changeOf map[diskAt]string
}

func newTracker() *tracker {
	dir, err := os.MkdirTemp("", "drover-vcsim-")
	if err != nil {
		log.Fatal(err)
	}
	return &tracker{
		epoch:    uuid.NewString(),
		dir:      dir,
		byChange: map[string]blocks{},
		changeOf: map[diskAt]string{},
	}
}

// frozen is the file with a disk's bytes at a snapshot.
func (t *tracker) frozen(snapshot types.ManagedObjectReference, key int32) string {
	return filepath.Join(t.dir, fmt.Sprintf("%s-%d.raw", snapshot.Value, key))
}

// snapshotWatch sees snapshots come and go.
type snapshotWatch struct{ peer *peer }

func (s snapshotWatch) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DroverSnapshotWatch", Value: "watch"}
}

func (s snapshotWatch) PutObject(ctx *simulator.Context, item mo.Reference) {
	snapshot, ok := item.(*simulator.VirtualMachineSnapshot)
	if !ok {
		return
	}
	vm := ctx.Map.Get(snapshot.Vm).(*simulator.VirtualMachine)
	tracking := vm.Config.ChangeTrackingEnabled != nil && *vm.Config.ChangeTrackingEnabled
	current := disks(vm.Config.Hardware.Device)
	for i, disk := range disks(snapshot.Config.Hardware.Device) {
		path, err := s.peer.flat(backing(disk).FileName)
		if err != nil {
			log.Print(err)
			continue
		}
		held, err := freeze(path, s.peer.tracker.frozen(snapshot.Self, disk.Key))
		if err != nil {
			log.Print(err)
			continue
		}
		if tracking {
			id := s.peer.tracker.remember(diskAt{snapshot.Self, disk.Key}, held)
			backing(disk).ChangeId = id
			if i < len(current) {
				backing(current[i]).ChangeId = id
			}
		}
	}
}

func (s snapshotWatch) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

func (s snapshotWatch) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	if ref.Type != "VirtualMachineSnapshot" {
		return
	}
	gone, _ := filepath.Glob(filepath.Join(s.peer.tracker.dir, ref.Value+"-*.raw"))
	for _, each := range gone {
		_ = os.Remove(each)
	}
}

func (t *tracker) remember(at diskAt, held blocks) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sequence++
	id := fmt.Sprintf("%s/%d", t.epoch, t.sequence)
	t.byChange[id] = held
	t.changeOf[at] = id
	return id
}

// freeze copies a file, leaving holes out, and digests it on the way.
func freeze(from, to string) (blocks, error) {
	held := blocks{}
	in, err := os.Open(from)
	if os.IsNotExist(err) {
		return held, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	err = eachBlock(in, func(number int64, block []byte) error {
		held[number] = sha1.Sum(block)
		_, err := out.WriteAt(block, number*trackedBytes)
		return err
	})
	return held, err
}

// eachBlock calls back for the blocks that are not zeros.
func eachBlock(in io.ReaderAt, found func(number int64, block []byte) error) error {
	block := make([]byte, trackedBytes)
	for number := int64(0); ; number++ {
		n, err := in.ReadAt(block, number*trackedBytes)
		if n == 0 && err == io.EOF {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		for _, b := range block[:n] {
			if b != 0 {
				if err := found(number, block[:n]); err != nil {
					return err
				}
				break
			}
		}
	}
}

// QueryChangedDiskAreas compares digests.
func (p *peer) QueryChangedDiskAreas(ctx *simulator.Context, req *types.QueryChangedDiskAreas) soap.HasFault {
	body := new(methods.QueryChangedDiskAreasBody)
	vm := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	devices := vm.Config.Hardware.Device
	if req.Snapshot != nil {
		snapshot, ok := ctx.Map.Get(*req.Snapshot).(*simulator.VirtualMachineSnapshot)
		if !ok {
			body.Fault_ = refuse("no such snapshot", &types.ManagedObjectNotFound{Obj: *req.Snapshot})
			return body
		}
		devices = snapshot.Config.Hardware.Device
	}
	for _, disk := range disks(devices) {
		if disk.Key == req.DeviceKey {
			changed, fault := p.changed(disk, req)
			if fault != nil {
				body.Fault_ = fault
			} else {
				body.Res = &types.QueryChangedDiskAreasResponse{
					Returnval: page(changed, req.StartOffset, disk.CapacityInBytes, p.maxAreas),
				}
			}
			return body
		}
	}
	body.Fault_ = refuse("no such disk", &types.InvalidArgument{InvalidProperty: "deviceKey"})
	return body
}

func (p *peer) changed(disk *types.VirtualDisk, req *types.QueryChangedDiskAreas) ([]int64, *soap.Fault) {
	p.tracker.mu.Lock()
	defer p.tracker.mu.Unlock()
	var now blocks
	if req.Snapshot != nil {
		id, ok := p.tracker.changeOf[diskAt{*req.Snapshot, disk.Key}]
		if !ok {
			return nil, refuse("change tracking was off", &types.FileFault{File: backing(disk).FileName})
		}
		now = p.tracker.byChange[id]
	} else {
		path, err := p.flat(backing(disk).FileName)
		if err == nil {
			now = blocks{}
			var in *os.File
			if in, err = os.Open(path); err == nil {
				defer in.Close()
				err = eachBlock(in, func(number int64, block []byte) error {
					now[number] = sha1.Sum(block)
					return nil
				})
			}
		}
		if err != nil {
			return nil, refuse(err.Error(), &types.FileFault{File: backing(disk).FileName})
		}
	}
	before := blocks{}
	if req.ChangeId != "*" {
		known, ok := p.tracker.byChange[req.ChangeId]
		if !ok {
			return nil, refuse("no such change id", &types.InvalidArgument{InvalidProperty: "changeId"})
		}
		before = known
	}
	return differing(before, now), nil
}

func differing(before, now blocks) []int64 {
	var numbers []int64
	for number, digest := range now {
		if was, ok := before[number]; !ok || was != digest {
			numbers = append(numbers, number)
		}
	}
	for number := range before {
		if _, ok := now[number]; !ok {
			numbers = append(numbers, number)
		}
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	return numbers
}

// page puts neighbours together and answers as far as the most areas allow.
func page(numbers []int64, from, capacity int64, most int) types.DiskChangeInfo {
	info := types.DiskChangeInfo{StartOffset: from, Length: capacity - from}
	for _, number := range numbers {
		start := number * trackedBytes
		end := min(start+trackedBytes, capacity)
		if end <= from {
			continue
		}
		last := len(info.ChangedArea) - 1
		if last >= 0 && info.ChangedArea[last].Start+info.ChangedArea[last].Length == start {
			info.ChangedArea[last].Length = end - info.ChangedArea[last].Start
			continue
		}
		if len(info.ChangedArea) == most {
			info.Length = start - from
			return info
		}
		info.ChangedArea = append(info.ChangedArea, types.DiskChangeExtent{Start: start, Length: end - start})
	}
	return info
}
