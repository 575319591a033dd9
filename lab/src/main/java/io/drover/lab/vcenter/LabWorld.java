// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.estate.LabNic;
import io.drover.lab.vcenter.estate.LabSnapshot;
import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.storage.LabGuestMarker;

/**
 * The state of an estate as JSON, all of one moment, for the invariants that are judged on the
 * world.
 */
final class LabWorld {
  private LabWorld() {}

  static ObjectNode of(LabEstate estate, ObjectMapper json) {
    return estate.locked(() -> {
      ObjectNode world = json.createObjectNode();
      world.put("instanceUuid", estate.instanceUuid().toString());
      world.put("clock", estate.clock());
      ArrayNode vms = world.putArray("vms");
      estate.vms().forEach(vm -> put(vms.addObject(), vm));
      return world;
    });
  }

  private static void put(ObjectNode out, LabVm vm) {
    out.put("ref", vm.ref().value());
    out.put("name", vm.name());
    out.put("instanceUuid", vm.instanceUuid().toString());
    out.put("power", vm.powerState().wire());
    out.put("template", vm.template());
    out.put("host", vm.host().ref().value());
    out.put("pool", vm.pool() == null ? null : vm.pool().ref().value());
    out.put("changeVersion", vm.config().changeVersion());
    out.put("consolidationNeeded", vm.consolidationNeeded());
    out.put("guestRunning", vm.guest().running());
    ObjectNode extra = out.putObject("extraConfig");
    vm.config().extraConfig().forEach(extra::put);
    ArrayNode nics = out.putArray("nics");
    for (LabNic nic : vm.nics()) {
      nics.addObject()
          .put("key", nic.key())
          .put("mac", nic.mac())
          .put("network", nic.network().name())
          .put("startConnected", nic.startConnected())
          .put("connected", nic.connected());
    }
    ArrayNode disks = out.putArray("disks");
    for (LabDisk disk : vm.disks()) {
      disks
          .addObject()
          .put("key", disk.key())
          .put("file", disk.file())
          .put("sizeBytes", disk.sizeBytes())
          .put("changeId", disk.content().changeId());
    }
    ArrayNode snapshots = out.putArray("snapshots");
    for (LabSnapshot snapshot : vm.snapshots().all()) {
      snapshots
          .addObject()
          .put("ref", snapshot.ref().value())
          .put("name", snapshot.name())
          .put("description", snapshot.description());
    }
    LabLease lease = vm.lease();
    if (lease != null) {
      out.putObject("lease").put("id", lease.id()).put("state", lease.state().wire());
    }
    LabTask task = vm.estate().tasks().unfinished(vm);
    if (task != null) {
      out.putObject("task")
          .put("ref", task.ref().value())
          .put("method", task.method())
          .put("state", task.state().name());
    }
    LabGuestMarker marker = vm.lastMarker();
    if (marker != null) {
      out.putObject("lastMarker")
          .put("sequence", marker.sequence())
          .put("bootId", marker.bootId().toString())
          .put("clean", marker.clean());
    }
  }
}
