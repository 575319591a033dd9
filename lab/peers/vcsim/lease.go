// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"log"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const nfcPath = "/nfc/peer/"

// source is one disk that a lease offers.
type source struct {
	key      string
	path     string
	capacity int64
}

// HttpNfcLease is an export lease that holds its machine and ends when nobody renews it. The
// simulator finds the properties of an object by the name of its Go type.
type HttpNfcLease struct {
	mo.HttpNfcLease
	peer    *peer
	vm      types.ManagedObjectReference
	sources map[string]source

	mu    sync.Mutex
	timer *time.Timer
	sent  map[string]types.HttpNfcLeaseManifestEntry
}

// ExportVm opens a lease on a machine that is off.
func (p *peer) ExportVm(ctx *simulator.Context, req *types.ExportVm) soap.HasFault {
	body := new(methods.ExportVmBody)
	vm := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	switch {
	case vm.Config.Template:
		body.Fault_ = refuse("a template cannot be exported", &types.NotSupported{})
	case vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff:
		body.Fault_ = refuse("the machine is not off", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff,
			ExistingState:  vm.Runtime.PowerState,
		})
	case p.held(vm.Self):
		body.Fault_ = refuse("the machine is being exported", &types.TaskInProgress{})
	default:
		ref := p.open(ctx, vm.Self, vm.Config.Hardware.Device, func(disk *types.VirtualDisk) (string, error) {
			return p.flat(backing(disk).FileName)
		})
		body.Res = &types.ExportVmResponse{Returnval: ref}
	}
	return body
}

// ExportSnapshot opens a lease on the disks as they were at the snapshot.
func (p *peer) ExportSnapshot(ctx *simulator.Context, req *types.ExportSnapshot) soap.HasFault {
	body := new(methods.ExportSnapshotBody)
	snapshot := ctx.Map.Get(req.This).(*simulator.VirtualMachineSnapshot)
	if p.held(snapshot.Vm) {
		body.Fault_ = refuse("the machine is being exported", &types.TaskInProgress{})
		return body
	}
	ref := p.open(ctx, snapshot.Vm, snapshot.Config.Hardware.Device, func(disk *types.VirtualDisk) (string, error) {
		return p.tracker.frozen(req.This, disk.Key), nil
	})
	body.Res = &types.ExportSnapshotResponse{Returnval: ref}
	return body
}

func (p *peer) open(ctx *simulator.Context, vm types.ManagedObjectReference, devices []types.BaseVirtualDevice,
	path func(*types.VirtualDisk) (string, error)) types.ManagedObjectReference {
	opened := &HttpNfcLease{peer: p, vm: vm, sources: map[string]source{}, sent: map[string]types.HttpNfcLeaseManifestEntry{}}
	opened.State = types.HttpNfcLeaseStateInitializing
	ref := ctx.Map.Put(opened).Reference()
	p.mu.Lock()
	p.leases[ref] = opened
	p.mu.Unlock()

	info := &types.HttpNfcLeaseInfo{Lease: ref, Entity: vm, LeaseTimeout: int32(p.leaseTimeout.Seconds())}
	for i, disk := range disks(devices) {
		file, err := path(disk)
		if err != nil {
			log.Print(err)
			continue
		}
		name := fmt.Sprintf("disk-%d.vmdk", i)
		key := fmt.Sprintf("/%s/%s:%d", vm.Value, controller(devices, disk.ControllerKey), unit(disk))
		opened.sources[name] = source{key: key, path: file, capacity: disk.CapacityInBytes}
		info.TotalDiskCapacityInKB += disk.CapacityInKB
		info.DeviceUrl = append(info.DeviceUrl, types.HttpNfcLeaseDeviceUrl{
			Key:           key,
			Url:           p.base + nfcPath + ref.Value + "/" + name,
			SslThumbprint: p.thumbprint,
			Disk:          types.NewBool(true),
			TargetId:      name,
		})
	}
	ctx.Map.AtomicUpdate(ctx, opened, []types.PropertyChange{
		{Name: "info", Val: info},
		{Name: "state", Val: types.HttpNfcLeaseStateReady},
	})
	opened.mu.Lock()
	opened.timer = time.AfterFunc(p.leaseTimeout, opened.expire)
	opened.mu.Unlock()
	return ref
}

// controller names a controller as leases do, such as VirtualLsiLogicController0.
func controller(devices []types.BaseVirtualDevice, key int32) string {
	for _, each := range devices {
		if base, ok := each.(types.BaseVirtualController); ok && each.GetVirtualDevice().Key == key {
			return fmt.Sprintf("%s%d", reflect.TypeOf(each).Elem().Name(), base.GetVirtualController().BusNumber)
		}
	}
	return "VirtualController0"
}

func unit(disk *types.VirtualDisk) int32 {
	if disk.UnitNumber == nil {
		return 0
	}
	return *disk.UnitNumber
}

func (l *HttpNfcLease) end() bool {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.peer.mu.Lock()
	defer l.peer.mu.Unlock()
	_, open := l.peer.leases[l.Self]
	delete(l.peer.leases, l.Self)
	return open
}

func (l *HttpNfcLease) expire() {
	if !l.end() {
		return
	}
	ctx := l.peer.model.Service.Context
	ctx.Map.AtomicUpdate(&simulator.Context{Map: ctx.Map}, l, []types.PropertyChange{
		{Name: "state", Val: types.HttpNfcLeaseStateError},
		{Name: "error", Val: &types.LocalizedMethodFault{
			Fault:            &types.Timedout{},
			LocalizedMessage: "The lease has timed out.",
		}},
	})
}

func (l *HttpNfcLease) ended() *soap.Fault {
	if l.State == types.HttpNfcLeaseStateReady {
		return nil
	}
	if l.Error != nil {
		return refuse("the lease has timed out", &types.Timedout{})
	}
	return refuse("the lease has ended", &types.InvalidState{})
}

// HttpNfcLeaseProgress renews the lease.
func (l *HttpNfcLease) HttpNfcLeaseProgress(_ *simulator.Context, req *types.HttpNfcLeaseProgress) soap.HasFault {
	body := new(methods.HttpNfcLeaseProgressBody)
	if body.Fault_ = l.ended(); body.Fault_ == nil {
		l.mu.Lock()
		l.timer.Reset(l.peer.leaseTimeout)
		l.mu.Unlock()
		l.TransferProgress = req.Percent
		body.Res = new(types.HttpNfcLeaseProgressResponse)
	}
	return body
}

// HttpNfcLeaseComplete ends the lease well.
func (l *HttpNfcLease) HttpNfcLeaseComplete(ctx *simulator.Context, _ *types.HttpNfcLeaseComplete) soap.HasFault {
	body := new(methods.HttpNfcLeaseCompleteBody)
	if body.Fault_ = l.ended(); body.Fault_ == nil {
		l.end()
		ctx.Update(l, []types.PropertyChange{{Name: "state", Val: types.HttpNfcLeaseStateDone}})
		body.Res = new(types.HttpNfcLeaseCompleteResponse)
	}
	return body
}

// HttpNfcLeaseAbort ends the lease as failed.
func (l *HttpNfcLease) HttpNfcLeaseAbort(ctx *simulator.Context, req *types.HttpNfcLeaseAbort) soap.HasFault {
	body := new(methods.HttpNfcLeaseAbortBody)
	if body.Fault_ = l.ended(); body.Fault_ == nil {
		l.end()
		changes := []types.PropertyChange{{Name: "state", Val: types.HttpNfcLeaseStateError}}
		if req.Fault != nil {
			changes = append(changes, types.PropertyChange{Name: "error", Val: req.Fault})
		}
		ctx.Update(l, changes)
		body.Res = new(types.HttpNfcLeaseAbortResponse)
	}
	return body
}

// HttpNfcLeaseGetManifest tells what was sent in full.
func (l *HttpNfcLease) HttpNfcLeaseGetManifest(_ *simulator.Context, _ *types.HttpNfcLeaseGetManifest) soap.HasFault {
	body := new(methods.HttpNfcLeaseGetManifestBody)
	if body.Fault_ = l.ended(); body.Fault_ == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		body.Res = new(types.HttpNfcLeaseGetManifestResponse)
		for _, each := range l.sent {
			body.Res.Returnval = append(body.Res.Returnval, each)
		}
	}
	return body
}

// counted counts and digests what passes through.
type counted struct {
	to   io.Writer
	sum  hash.Hash
	size int64
}

func (c *counted) Write(bytes []byte) (int, error) {
	n, err := c.to.Write(bytes)
	c.sum.Write(bytes[:n])
	c.size += int64(n)
	return n, err
}

// serveDisk sends one disk of an open lease as a streamOptimized VMDK.
func (p *peer) serveDisk(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, nfcPath), "/")
	if len(parts) != 2 || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	p.mu.Lock()
	found := p.leases[types.ManagedObjectReference{Type: "HttpNfcLease", Value: parts[0]}]
	p.mu.Unlock()
	if found == nil {
		http.NotFound(w, r)
		return
	}
	from, ok := found.sources[parts[1]]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-vnd.vmware-streamVmdk")
	out := &counted{to: w, sum: sha1.New()}
	populated, err := writeVmdk(out, from.path, from.capacity)
	if err != nil {
		log.Printf("%s: %v", r.URL.Path, err)
		panic(http.ErrAbortHandler) // a broken connection, not a short answer that looks whole
	}
	found.mu.Lock()
	defer found.mu.Unlock()
	found.sent[parts[1]] = types.HttpNfcLeaseManifestEntry{
		Key:           from.key,
		Sha1:          hex.EncodeToString(out.sum.Sum(nil)),
		Size:          out.size,
		Disk:          true,
		Capacity:      from.capacity,
		PopulatedSize: populated,
	}
}
