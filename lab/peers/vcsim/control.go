// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// faultRule is what POST /lab/faults takes: the next calls of a method fail.
type faultRule struct {
	Method      string  `json:"method"`
	Machine     string  `json:"machine"`
	Fault       string  `json:"fault"`
	Probability float64 `json:"probability"`
	Max         int     `json:"max"`
	Skip        int     `json:"skip"`
	DelayMillis int     `json:"delayMillis"`
}

// control serves what a test may do that no client can, on a port of its own, and returns its URL.
func (p *peer) control() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /lab/faults", p.addFault)
	mux.HandleFunc("DELETE /lab/faults", func(http.ResponseWriter, *http.Request) {
		p.model.Service.ClearFaultRules()
	})
	mux.HandleFunc("DELETE /lab/sessions", p.endSessions)
	mux.HandleFunc("GET /lab/disks/{vm}/{key}", p.readDisk)
	mux.HandleFunc("PUT /lab/disks/{vm}/{key}", p.writeDisk)
	mux.HandleFunc("PUT /lab/tags/{vm}/{category}/{tag}", p.addTag)
	go func() { _ = http.Serve(listener, mux) }()
	return "http://" + listener.Addr().String(), nil
}

func (p *peer) addFault(w http.ResponseWriter, r *http.Request) {
	var asked faultRule
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	typeOf, ok := types.TypeFunc()(asked.Fault)
	if !ok {
		http.Error(w, "no fault type "+asked.Fault, http.StatusBadRequest)
		return
	}
	fault, ok := reflect.New(typeOf).Interface().(types.BaseMethodFault)
	if !ok {
		http.Error(w, asked.Fault+" is not a fault", http.StatusBadRequest)
		return
	}
	rule := &simulator.FaultInjectionRule{
		MethodName:  asked.Method,
		ObjectType:  "*",
		ObjectName:  "*",
		Probability: asked.Probability,
		FaultType:   simulator.FaultTypeCustom,
		Fault:       fault,
		Message:     "asked for by the test",
		MaxCount:    asked.Max,
		SkipCount:   asked.Skip,
		Delay:       asked.DelayMillis,
		Enabled:     true,
	}
	if rule.Probability == 0 {
		rule.Probability = 1
	}
	if asked.Machine != "" {
		rule.ObjectName = asked.Machine
	}
	p.model.Service.AddFaultRule(rule)
}

// endSessions forgets all logins, as an idle timeout would.
func (p *peer) endSessions(w http.ResponseWriter, r *http.Request) {
	if err := p.endAll(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (p *peer) endAll(ctx context.Context) error {
	client, err := vim25.NewClient(ctx, p.model.Service)
	if err != nil {
		return err
	}
	var manager mo.SessionManager
	ref := *client.ServiceContent.SessionManager
	err = property.DefaultCollector(client).RetrieveOne(ctx, ref, []string{"sessionList"}, &manager)
	if err != nil {
		return err
	}
	var keys []string
	for _, each := range manager.SessionList {
		keys = append(keys, each.Key)
	}
	if len(keys) == 0 {
		return nil
	}
	_, err = methods.TerminateSession(ctx, client, &types.TerminateSession{This: ref, SessionId: keys})
	return err
}

// addTag puts a tag on a machine, by the way that a person's client would.
func (p *peer) addTag(w http.ResponseWriter, r *http.Request) {
	if err := p.tag(r.Context(), r.PathValue("vm"), r.PathValue("category"), r.PathValue("tag")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (p *peer) tag(ctx context.Context, machine, category, name string) error {
	vm := p.machineNamed(machine)
	if vm == nil {
		return fmt.Errorf("no machine %s", machine)
	}
	client, err := govmomi.NewClient(ctx, p.model.Service.Listen, true)
	if err != nil {
		return err
	}
	session := rest.NewClient(client.Client)
	if err := session.Login(ctx, p.model.Service.Listen.User); err != nil {
		return err
	}
	manager := tags.NewManager(session)
	categoryID, err := manager.CreateCategory(ctx, &tags.Category{Name: category, Cardinality: "MULTIPLE"})
	if err != nil {
		return err
	}
	tagID, err := manager.CreateTag(ctx, &tags.Tag{Name: name, CategoryID: categoryID})
	if err != nil {
		return err
	}
	return manager.AttachTag(ctx, tagID, vm.Self)
}

func (p *peer) disk(r *http.Request) (path string, offset, capacity int64, err error) {
	vm := p.machineNamed(r.PathValue("vm"))
	if vm == nil {
		return "", 0, 0, fmt.Errorf("no machine %s", r.PathValue("vm"))
	}
	offset, err = strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil {
		return "", 0, 0, err
	}
	for _, each := range disks(vm.Config.Hardware.Device) {
		if strconv.Itoa(int(each.Key)) == r.PathValue("key") {
			path, err = p.flat(backing(each).FileName)
			return path, offset, each.CapacityInBytes, err
		}
	}
	return "", 0, 0, fmt.Errorf("no disk %s", r.PathValue("key"))
}

func (p *peer) readDisk(w http.ResponseWriter, r *http.Request) {
	path, offset, capacity, err := p.disk(r)
	length, badLength := strconv.ParseInt(r.URL.Query().Get("length"), 10, 32)
	if err != nil || badLength != nil || offset < 0 || offset+length > capacity {
		http.Error(w, strings.Join([]string{"not that part of a disk:", r.URL.String()}, " "), http.StatusBadRequest)
		return
	}
	content := make([]byte, length)
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		_, err = file.ReadAt(content, offset)
	}
	if err != nil && err != io.EOF && !os.IsNotExist(err) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(content)
}

func (p *peer) writeDisk(w http.ResponseWriter, r *http.Request) {
	path, offset, capacity, err := p.disk(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	content, err := io.ReadAll(io.LimitReader(r.Body, capacity-offset))
	if err == nil {
		var file *os.File
		if file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
			defer file.Close()
			_, err = file.WriteAt(content, offset)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
