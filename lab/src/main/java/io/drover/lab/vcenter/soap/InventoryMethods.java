// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEntity;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimAny;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The methods of SearchIndex, OptionManager, CustomFieldsManager and Task. */
final class InventoryMethods {
  private final LabEstate estate;
  private final Map<String, Object> settings = new TreeMap<>();

  InventoryMethods(LabEstate estate, Duration sessionIdle) {
    this.estate = estate;
    settings.put("VirtualCenter.InstanceName", estate.name());
    settings.put("VirtualCenter.FQDN", "localhost");
    settings.put("VirtualCenter.VimApiUrl", "https://localhost/sdk");
    settings.put("instance.id", 42);
    settings.put("config.vmacore.soap.sessionTimeout", (int) sessionIdle.toMinutes());
    settings.put("config.nfc.readTimeoutMs", 1_200_000);
    settings.put("event.maxAge", 30);
    settings.put("event.maxAgeEnabled", true);
  }

  void addTo(Methods methods) {
    methods.add("OptionManager", "QueryOptions", "System.View", List.of("name"), this::options);
    methods.add(
        "SearchIndex",
        "FindByUuid",
        "System.View",
        List.of("datacenter", "uuid", "vmSearch", "instanceUuid"),
        call -> found(call).stream().findFirst().orElse(null));
    methods.add(
        "SearchIndex",
        "FindAllByUuid",
        "System.View",
        List.of("datacenter", "uuid", "vmSearch", "instanceUuid"),
        call -> VimArray.refs(found(call)));
    methods.add(
        "SearchIndex",
        "FindByInventoryPath",
        "System.View",
        List.of("inventoryPath"),
        this::byPath);
    methods.add("SearchIndex", "FindChild", "System.View", List.of("entity", "name"), this::child);
    methods.add(
        "CustomFieldsManager",
        "AddCustomFieldDef",
        "Global.ManageCustomFields",
        List.of("name", "moType", "fieldDefPolicy", "fieldPolicy"),
        call -> estate.customFields().add(call.request().need("name").text()));
    methods.add(
        "CustomFieldsManager",
        "SetField",
        "Global.SetCustomField",
        List.of("entity", "key", "value"),
        call -> {
          if (!(estate.need(call.request().need("entity").asRef()) instanceof LabEntity entity)) {
            throw VimFault.invalidArgument("entity", "Expected an inventory object.");
          }
          estate
              .customFields()
              .set(
                  entity,
                  (int) call.request().need("key").asLong(),
                  call.request().need("value").rawText());
          return null;
        });
    methods.add(
        "Task",
        "CancelTask",
        null,
        List.of(),
        call -> {
          LabTask task = (LabTask) call.target();
          if (!estate.locked(() -> task.cancel())) {
            throw VimFault.notSupported(
                "The task " + call.self().value() + " can no longer be cancelled.");
          }
          return null;
        });
    methods.add(
        "ManagedEntity",
        "Rename_Task",
        "VirtualMachine.Config.Rename",
        List.of("newName"),
        call -> {
          if (!(call.target() instanceof LabEntity entity)) {
            throw VimFault.notFound(call.self());
          }
          String name = call.request().need("newName").text();
          return estate
              .tasks()
              .start(
                  entity,
                  "Rename_Task",
                  "ManagedEntity.rename",
                  call.user(),
                  () -> {
                    entity.renamed(name);
                    return null;
                  })
              .ref();
        });
  }

  private Object options(Call call) {
    String name = call.request().string("name");
    List<VimObject> values = new ArrayList<>();
    settings.forEach((key, value) -> {
      if (name == null || key.equals(name) || (name.endsWith(".") && key.startsWith(name))) {
        values.add(VimObject.of("OptionValue").with("key", key).with("value", new VimAny(value)));
      }
    });
    if (values.isEmpty()) {
      throw new VimFault(
          VimObject.sub("InvalidName").with("name", name), "The name '" + name + "' is not valid.");
    }
    return VimArray.of("OptionValue", values);
  }

  private List<Moref> found(Call call) {
    String uuid = call.request().need("uuid").text().toLowerCase(Locale.ROOT);
    boolean instance = call.request().bool("instanceUuid", false);
    if (!call.request().need("vmSearch").asBool()) {
      return List.of();
    }
    return estate.vms().stream()
        .filter(vm -> (instance ? vm.instanceUuid() : vm.biosUuid()).toString().equals(uuid))
        .map(LabVm::ref)
        .toList();
  }

  private @Nullable Object byPath(Call call) {
    LabEntity at = estate.root();
    for (String part : call.request().need("inventoryPath").text().split("/")) {
      if (part.isEmpty()) {
        continue;
      }
      LabEntity next = childOf(at, part);
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at.ref();
  }

  private @Nullable Object child(Call call) {
    if (!(estate.need(call.request().need("entity").asRef()) instanceof LabEntity entity)) {
      throw VimFault.invalidArgument("entity", "Expected an inventory object.");
    }
    LabEntity child = childOf(entity, call.request().need("name").text());
    return child == null ? null : child.ref();
  }

  private @Nullable LabEntity childOf(LabEntity parent, String name) {
    return estate.all(LabEntity.class).stream()
        .filter(e -> e.parent() == parent && e.name().equals(name))
        .findFirst()
        .orElse(null);
  }
}
