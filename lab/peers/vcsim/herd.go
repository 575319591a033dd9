// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// herdMachine is one entry of the file that -herd names: what a machine of the model shall be.
type herdMachine struct {
	Name       string `json:"name"`
	GuestID    string `json:"guestId"`
	Firmware   string `json:"firmware"`
	SecureBoot bool   `json:"secureBoot"`
	Tools      bool   `json:"tools"`
	Running    bool   `json:"running"`
	Address    string `json:"address"`
	// Disks are VMDKs of the monolithicFlat kind, the one that datastores have: NAME.vmdk with the
	// description and NAME-flat.vmdk with the bytes, both in one folder.
	Disks []string `json:"disks"`
}

// dress makes the first machines of the model those of the file.
func (p *peer) dress(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var herd []herdMachine
	if err := json.Unmarshal(content, &herd); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	machines := p.machines()
	if len(herd) > len(machines) {
		return fmt.Errorf("%s has %d machines, the model only %d", file, len(herd), len(machines))
	}
	for i, each := range herd {
		if err := p.dressOne(machines[i], each); err != nil {
			return fmt.Errorf("%s: %w", each.Name, err)
		}
	}
	return nil
}

func (p *peer) dressOne(vm *simulator.VirtualMachine, as herdMachine) error {
	vm.Name, vm.Config.Name, vm.Summary.Config.Name = as.Name, as.Name, as.Name
	vm.Config.GuestId, vm.Summary.Config.GuestId, vm.Guest.GuestId = as.GuestID, as.GuestID, as.GuestID
	vm.Config.Firmware = as.Firmware
	vm.Config.BootOptions = &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(as.SecureBoot)}
	vm.Guest.HostName, vm.Guest.IpAddress = as.Name, as.Address
	state := types.VirtualMachinePowerStatePoweredOff
	if as.Running {
		state = types.VirtualMachinePowerStatePoweredOn
	}
	vm.Runtime.PowerState, vm.Summary.Runtime.PowerState = state, state
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			at := card.GetVirtualEthernetCard()
			at.Connectable.Connected = as.Running && at.Connectable.StartConnected
			if as.Address != "" {
				vm.Guest.Net = []types.GuestNicInfo{{
					Network: "DC0_DVPG0", MacAddress: at.MacAddress, Connected: at.Connectable.Connected,
					IpAddress: []string{as.Address}, DeviceConfigId: at.Key,
				}}
			}
		}
	}
	runs := as.Running && as.Tools
	vm.Guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)
	if runs {
		vm.Guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	}
	return p.plug(vm, as.Disks)
}

// plug gives a machine these disks in place of its own.
func (p *peer) plug(vm *simulator.VirtualMachine, files []string) error {
	own := disks(vm.Config.Hardware.Device)
	if len(own) != 1 {
		return fmt.Errorf("the model's machine has %d disks, not 1", len(own))
	}
	var at object.DatastorePath
	if !at.FromString(backing(own[0]).FileName) {
		return fmt.Errorf("not a datastore path: %s", backing(own[0]).FileName)
	}
	folder := strings.SplitN(at.Path, "/", 2)[0]
	for i, file := range files {
		disk := own[0]
		if i > 0 {
			copied, behind := *own[0], *backing(own[0])
			copied.Backing = &behind
			disk = &copied
			disk.Key += int32(i)
			disk.UnitNumber = types.NewInt32(*own[0].UnitNumber + int32(i))
			disk.DiskObjectId = fmt.Sprintf("%s-%d", vm.Self.Value, disk.Key)
			vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, disk)
		}
		flat := strings.TrimSuffix(file, ".vmdk") + "-flat.vmdk"
		about, err := os.Stat(flat)
		if err != nil {
			return err
		}
		name := filepath.Base(file)
		info := backing(disk)
		info.FileName = fmt.Sprintf("[%s] %s/%s", at.Datastore, folder, name)
		info.Uuid = fmt.Sprintf("6000C29%d-0000-0000-0000-%012d", i, disk.Key)
		disk.CapacityInBytes, disk.CapacityInKB = about.Size(), about.Size()/1024
		disk.DeviceInfo = &types.Description{Label: fmt.Sprintf("Hard disk %d", i+1), Summary: fmt.Sprintf("%d KB", disk.CapacityInKB)}
		to, err := p.flat(info.FileName)
		if err != nil {
			return err
		}
		// A link, so that whoever made the file can look at it later.
		_ = os.Remove(to)
		if err := os.Symlink(flat, to); err != nil {
			return err
		}
	}
	return nil
}
