// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// peer adds to the simulator. Its methods with the names of SOAP methods answer in place of
// those that the simulator lacks: the handler redirects calls to it, and the machine that was
// meant is still named in the body of the request.
type peer struct {
	mo.IpPoolManager // nothing of it is used, but the simulator expects each object to be of some kind
	self             types.ManagedObjectReference
	model            *simulator.Model
	maxAreas         int
	leaseTimeout     time.Duration
	shutdownTime     time.Duration
	base             string
	thumbprint       string
	tracker          *tracker

	mu     sync.Mutex
	leases map[types.ManagedObjectReference]*HttpNfcLease
}

func newPeer(model *simulator.Model, maxAreas int, leaseTimeout, shutdownTime time.Duration) *peer {
	return &peer{
		self:         types.ManagedObjectReference{Type: "DroverPeer", Value: "peer"},
		model:        model,
		maxAreas:     maxAreas,
		leaseTimeout: leaseTimeout,
		shutdownTime: shutdownTime,
		tracker:      newTracker(),
		leases:       make(map[types.ManagedObjectReference]*HttpNfcLease),
	}
}

func (p *peer) Reference() types.ManagedObjectReference { return p.self }

func (p *peer) machines() []*simulator.VirtualMachine {
	var all []*simulator.VirtualMachine
	for _, each := range p.model.Map().All("VirtualMachine") {
		all = append(all, each.(*simulator.VirtualMachine))
	}
	return all
}

func (p *peer) machineNamed(name string) *simulator.VirtualMachine {
	for _, each := range p.machines() {
		if each.Name == name {
			return each
		}
	}
	return nil
}

func (p *peer) datastoreDirs() []string {
	var dirs []string
	for _, each := range p.model.Map().All("Datastore") {
		dirs = append(dirs, each.(*simulator.Datastore).Info.GetDatastoreInfo().Url)
	}
	return dirs
}

// flat is the file that holds the bytes of a disk.
func (p *peer) flat(fileName string) (string, error) {
	var at object.DatastorePath
	if !at.FromString(fileName) {
		return "", fmt.Errorf("not a datastore path: %s", fileName)
	}
	for _, each := range p.model.Map().All("Datastore") {
		store := each.(*simulator.Datastore)
		if store.Name == at.Datastore {
			path := strings.TrimSuffix(at.Path, ".vmdk") + "-flat.vmdk"
			return filepath.Join(store.Info.GetDatastoreInfo().Url, path), nil
		}
	}
	return "", fmt.Errorf("no datastore %s", at.Datastore)
}

// furnish gives every machine disks of this size and a guest with tools, and the first machines
// some bytes.
func (p *peer) furnish(diskBytes int64, filled int) error {
	for i, vm := range p.machines() {
		vm.Guest.ToolsStatus = types.VirtualMachineToolsStatusToolsOk
		vm.Guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
		vm.Guest.HostName = strings.ToLower(strings.ReplaceAll(vm.Name, "_", "-"))
		for _, disk := range disks(vm.Config.Hardware.Device) {
			disk.CapacityInBytes = diskBytes
			disk.CapacityInKB = diskBytes / 1024
			if i < filled {
				if err := p.fill(disk, int64(i)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fill writes incompressible, compressible and absent extents, the same for each seed.
func (p *peer) fill(disk *types.VirtualDisk, seed int64) error {
	path, err := p.flat(backing(disk).FileName)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(disk.CapacityInBytes); err != nil {
		return err
	}
	noise := make([]byte, min(3<<20, disk.CapacityInBytes/4))
	rand.New(rand.NewSource(seed + int64(disk.Key))).Read(noise)
	text := []byte(strings.Repeat(fmt.Sprintf("seed %d, a line that compresses well\n", seed), 20_000))
	text = text[:min(int64(len(text)), disk.CapacityInBytes/4)]
	if _, err := file.WriteAt(noise, 512); err != nil {
		return err
	}
	_, err = file.WriteAt(text, disk.CapacityInBytes/2+4096)
	return err
}

func disks(devices []types.BaseVirtualDevice) []*types.VirtualDisk {
	var all []*types.VirtualDisk
	for _, each := range devices {
		if disk, ok := each.(*types.VirtualDisk); ok && backing(disk) != nil {
			all = append(all, disk)
		}
	}
	return all
}

func backing(disk *types.VirtualDisk) *types.VirtualDiskFlatVer2BackingInfo {
	info, _ := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return info
}

// install lets the simulator ask us first.
func (p *peer) install() {
	registry := p.model.Map()
	registry.Put(p)
	registry.AddHandler(snapshotWatch{p})
	registry.AddHandler(toolsWatch{})
	registry.Handler = p.intercept
	mux := http.NewServeMux()
	mux.HandleFunc(nfcPath, p.serveDisk)
	p.model.Service.ServeMux = mux
}

// intercept refuses what a vCenter would refuse, and takes over what the simulator cannot do.
func (p *peer) intercept(ctx *simulator.Context, call *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil {
		return nil, nil
	}
	switch target := ctx.Map.Get(call.This).(type) {
	case *simulator.VirtualMachine:
		return nil, p.interceptMachine(target, call)
	case *simulator.VirtualMachineSnapshot:
		if call.Name == "ExportSnapshot" {
			call.This = p.self
		}
		if call.Name == "RemoveSnapshot_Task" && p.held(target.Vm) {
			return nil, &types.TaskInProgress{}
		}
	}
	return nil, nil
}

func (p *peer) interceptMachine(vm *simulator.VirtualMachine, call *simulator.Method) types.BaseMethodFault {
	switch call.Name {
	case "ExportVm", "QueryChangedDiskAreas", "ShutdownGuest", "MarkAsVirtualMachine":
		call.This = p.self
	case "MarkAsTemplate":
		if fault := p.refuseIfHeld(vm); fault != nil {
			return fault
		}
		call.This = p.self
	case "ReconfigVM_Task":
		spec := &call.Body.(*types.ReconfigVM_Task).Spec
		spec.ExtraConfig = effective(vm, spec.ExtraConfig)
		wanted := spec.ChangeVersion
		if wanted != "" && wanted != vm.Config.ChangeVersion {
			return &types.ConcurrentAccess{}
		}
		return p.refuseIfHeld(vm)
	case "CreateSnapshot_Task", "CreateSnapshotEx_Task":
		if vm.Config.Template {
			return &types.NotSupported{}
		}
		return p.refuseIfHeld(vm)
	case "PowerOnVM_Task", "Destroy_Task", "RelocateVM_Task":
		return p.refuseIfHeld(vm)
	}
	return nil
}

// effective leaves out empty settings that the machine does not have: they remove nothing, but the
// simulator would add them.
func effective(vm *simulator.VirtualMachine, settings []types.BaseOptionValue) []types.BaseOptionValue {
	has := map[string]bool{}
	for _, each := range vm.Config.ExtraConfig {
		has[each.GetOptionValue().Key] = true
	}
	return slices.DeleteFunc(settings, func(each types.BaseOptionValue) bool {
		option := each.GetOptionValue()
		return option.Value == "" && !has[option.Key]
	})
}

func (p *peer) refuseIfHeld(vm *simulator.VirtualMachine) types.BaseMethodFault {
	if p.held(vm.Self) {
		return &types.TaskInProgress{}
	}
	return nil
}

func (p *peer) held(vm types.ManagedObjectReference) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, each := range p.leases {
		if each.vm == vm {
			return true
		}
	}
	return false
}

func refuse(message string, fault types.BaseMethodFault) *soap.Fault {
	return simulator.Fault(message, fault)
}
