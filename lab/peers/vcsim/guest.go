// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// toolsWatch lets the tools of a guest run exactly while its machine does: the simulator leaves
// them as they were.
type toolsWatch struct{}

func (toolsWatch) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DroverToolsWatch", Value: "watch"}
}

func (toolsWatch) PutObject(*simulator.Context, mo.Reference) {}

func (toolsWatch) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

func (toolsWatch) UpdateObject(ctx *simulator.Context, item mo.Reference, changes []types.PropertyChange) {
	if item.Reference().Type != "VirtualMachine" {
		return
	}
	for _, each := range changes {
		if each.Name == "runtime.powerState" {
			ctx.Update(item, guestState(each.Val == types.VirtualMachinePowerStatePoweredOn))
		}
	}
}

func guestState(runs bool) []types.PropertyChange {
	status, running, state := types.VirtualMachineToolsStatusToolsNotRunning,
		types.VirtualMachineToolsRunningStatusGuestToolsNotRunning, types.VirtualMachineGuestStateNotRunning
	if runs {
		status, running, state = types.VirtualMachineToolsStatusToolsOk,
			types.VirtualMachineToolsRunningStatusGuestToolsRunning, types.VirtualMachineGuestStateRunning
	}
	return []types.PropertyChange{
		{Name: "guest.toolsStatus", Val: status},
		{Name: "guest.toolsRunningStatus", Val: string(running)},
		{Name: "guest.guestState", Val: string(state)},
		{Name: "summary.guest.toolsStatus", Val: status},
		{Name: "summary.guest.toolsRunningStatus", Val: string(running)},
	}
}

// ShutdownGuest asks and returns; the guest takes its time, and its network cards go with it. In
// the simulator a machine is off before the call returns, and even without tools.
func (p *peer) ShutdownGuest(ctx *simulator.Context, req *types.ShutdownGuest) soap.HasFault {
	body := new(methods.ShutdownGuestBody)
	vm := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	switch {
	case vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn:
		body.Fault_ = refuse("the machine does not run", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOn,
			ExistingState:  vm.Runtime.PowerState,
		})
	case vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning):
		body.Fault_ = refuse("no tools run in the guest", &types.ToolsUnavailable{})
	default:
		ctx.Map.AtomicUpdate(ctx, vm, []types.PropertyChange{
			{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateShuttingDown)},
		})
		time.AfterFunc(p.shutdownTime, func() { p.goDown(vm.Self) })
		body.Res = new(types.ShutdownGuestResponse)
	}
	return body
}

func (p *peer) goDown(vm types.ManagedObjectReference) {
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, p.model.Service)
	if err == nil {
		// Somebody may have pulled the plug meanwhile: then this fails, as it should.
		_, err = object.NewVirtualMachine(client, vm).PowerOff(ctx)
	}
	if err != nil {
		log.Printf("the guest of %s could not go down: %v", vm.Value, err)
	}
}

// MarkAsTemplate tells watchers, too: the simulator changes the machine without a word.
func (p *peer) MarkAsTemplate(ctx *simulator.Context, req *types.MarkAsTemplate) soap.HasFault {
	vm := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	var answer soap.HasFault
	ctx.WithLock(vm, func() {
		if answer = vm.MarkAsTemplate(req); answer.Fault() == nil {
			ctx.Update(vm, append(templateState(true),
				types.PropertyChange{Name: "resourcePool", Op: types.PropertyChangeOpRemove}))
		}
	})
	return answer
}

// MarkAsVirtualMachine tells watchers, too.
func (p *peer) MarkAsVirtualMachine(ctx *simulator.Context, req *types.MarkAsVirtualMachine) soap.HasFault {
	vm := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	var answer soap.HasFault
	ctx.WithLock(vm, func() {
		if answer = vm.MarkAsVirtualMachine(req); answer.Fault() == nil {
			ctx.Update(vm, append(templateState(false),
				types.PropertyChange{Name: "resourcePool", Val: req.Pool},
				types.PropertyChange{Name: "runtime.host", Val: *vm.Runtime.Host}))
		}
	})
	return answer
}

func templateState(template bool) []types.PropertyChange {
	return []types.PropertyChange{
		{Name: "config.template", Val: template},
		{Name: "summary.config.template", Val: template},
		{Name: "config.changeVersion", Val: fmt.Sprint(time.Now().UnixNano())},
	}
}
