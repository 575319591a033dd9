// SPDX-License-Identifier: Apache-2.0

// Vcsim is govmomi's vCenter simulator as a peer of Drover's tests, with what it lacks of a real
// vCenter: exports with real VMDK bytes, changed areas, compare-and-set, leases that hold their
// machine. It prints one line of JSON when it is ready and runs until its standard input ends.
package main

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

// ready is what the line on standard output says.
type ready struct {
	URL        string   `json:"url"`
	Control    string   `json:"control"`
	User       string   `json:"user"`
	Password   string   `json:"password"`
	Thumbprint string   `json:"thumbprint"`
	Datastores []string `json:"datastores"`
	Machines   int      `json:"machines"`
}

func main() {
	listen := flag.String("l", "127.0.0.1:0", "address to listen on")
	user := flag.String("username", "administrator@vsphere.local", "the only user")
	password := flag.String("password", "peer", "the user's password")
	machines := flag.Int("vm", 4, "virtual machines")
	diskMiB := flag.Int64("disk-mib", 64, "size of each disk")
	filled := flag.Int("filled", 4, "how many machines have bytes on their disks")
	areas := flag.Int("areas", 2000, "most changed areas in one answer")
	leaseTimeout := flag.Duration("lease-timeout", 5*time.Minute, "how long an export lease lives unrenewed")
	delay := flag.Int("delay", 0, "milliseconds that each call takes")
	shutdown := flag.Duration("shutdown-time", 300*time.Millisecond, "how long a guest takes to shut down")
	herd := flag.String("herd", "", "file with machines that the first ones of the model shall be, as JSON")
	detached := flag.Bool("detached", false, "run on when standard input ends")
	flag.Parse()

	model := simulator.VPX()
	model.Host = 0
	model.Machine = *machines
	model.DelayConfig.Delay = *delay
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	defer model.Remove()

	peer := newPeer(model, *areas, *leaseTimeout, *shutdown)
	defer os.RemoveAll(peer.tracker.dir)
	if err := peer.furnish(*diskMiB<<20, *filled); err != nil {
		log.Fatal(err)
	}
	if *herd != "" {
		if err := peer.dress(*herd); err != nil {
			log.Fatal(err)
		}
	}
	model.Service.RegisterEndpoints = true
	model.Service.Listen = &url.URL{Host: *listen, User: url.UserPassword(*user, *password)}
	model.Service.TLS = new(tls.Config)
	peer.install()
	server := model.Service.NewServer()
	defer server.Close()

	control, err := peer.control()
	if err != nil {
		log.Fatal(err)
	}
	certificate := server.Certificate().Raw
	peer.base = (&url.URL{Scheme: server.URL.Scheme, Host: server.URL.Host}).String()
	peer.thumbprint = colons(fmt.Sprintf("%X", sha1.Sum(certificate)))
	line, err := json.Marshal(ready{
		URL:        peer.base + "/sdk",
		Control:    control,
		User:       *user,
		Password:   *password,
		Thumbprint: colons(fmt.Sprintf("%X", sha256.Sum256(certificate))),
		Datastores: peer.datastoreDirs(),
		Machines:   len(peer.machines()),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))

	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if !*detached {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	<-stop.Done()
}

func colons(hex string) string {
	var pairs []string
	for i := 0; i+1 < len(hex); i += 2 {
		pairs = append(pairs, hex[i:i+2])
	}
	return strings.Join(pairs, ":")
}
