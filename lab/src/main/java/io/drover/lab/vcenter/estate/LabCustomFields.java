// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The custom attributes of the estate: their definitions, and how a value gets onto an entity. */
public final class LabCustomFields implements Managed {
  private static final Moref REF = new Moref("CustomFieldsManager", "CustomFieldsManager");

  private final LabEstate estate;
  private final Map<String, Integer> keys = new LinkedHashMap<>();
  private long version;

  LabCustomFields(LabEstate estate) {
    this.estate = estate;
    estate.register(this);
  }

  /** The key of the attribute of that name, defined now if it was not. */
  public int define(String attribute) {
    return estate.locked(() -> {
      Integer known = keys.get(attribute);
      if (known != null) {
        return known;
      }
      int key = 101 + keys.size();
      keys.put(attribute, key);
      version = estate.tick();
      return key;
    });
  }

  /** Defines an attribute as AddCustomFieldDef does: a name that exists is a fault. */
  public VimObject add(String attribute) {
    return estate.locked(() -> {
      if (keys.containsKey(attribute)) {
        throw new VimFault(
            VimObject.sub("DuplicateName").with("name", attribute).with("object", REF),
            "The name '" + attribute + "' already exists.");
      }
      return definition(attribute, define(attribute));
    });
  }

  /** Sets a value as SetField does: an unknown key is a fault. */
  public void set(LabEntity entity, int key, String value) {
    estate.locked(() -> {
      if (!keys.containsValue(key)) {
        throw VimFault.invalidArgument("key", "There is no custom attribute with key " + key + ".");
      }
      entity.customValue(key, value);
    });
  }

  VimArray definitions() {
    return VimArray.of(
        "CustomFieldDef",
        keys.entrySet().stream().map(e -> definition(e.getKey(), e.getValue())).toList());
  }

  private static VimObject definition(String attribute, int key) {
    return VimObject.of("CustomFieldDef")
        .with("key", key)
        .with("name", attribute)
        .with("type", "xsd:string")
        .with("managedObjectType", "VirtualMachine");
  }

  @Override
  public Moref ref() {
    return REF;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public List<String> propertyNames() {
    return List.of("field");
  }

  @Override
  public @Nullable Object property(String name) {
    return name.equals("field") ? definitions() : null;
  }
}
