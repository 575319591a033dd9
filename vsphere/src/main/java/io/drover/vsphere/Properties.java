// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.DynamicProperty;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingProperty;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.RetrieveOptions;
import com.vmware.vim25.RetrieveResult;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads properties of managed objects, as they are now. */
final class Properties {
  private static final int PAGE = 100;

  private final VSphere vsphere;

  Properties(VSphere vsphere) {
    this.vsphere = vsphere;
  }

  /**
   * These properties of one object; those not set are left out.
   *
   * @throws VSphereFault MANAGED_OBJECT_NOT_FOUND when it is gone
   */
  Map<String, VimData> of(Moref object, String... paths) {
    Map<String, VimData> found = ofEach(List.of(object), List.of(paths)).get(object);
    if (found == null) {
      throw VSphereFault.named("ManagedObjectNotFound", "There is no " + object);
    }
    return found;
  }

  /** One property, absent when not set. */
  VimData one(Moref object, String path) {
    return of(object, path).getOrDefault(path, VimData.ABSENT);
  }

  /** These properties of objects of one type. */
  Map<Moref, Map<String, VimData>> ofEach(Collection<Moref> objects, List<String> paths) {
    if (objects.isEmpty()) {
      return new LinkedHashMap<>();
    }
    PropertyFilterSpec filter = new PropertyFilterSpec();
    filter.propSet = new PropertySpec[] {spec(objects.iterator().next().type(), paths)};
    filter.objectSet =
        objects.stream()
            .map(each -> objectSpec(VSphere.reference(each)))
            .toArray(ObjectSpec[]::new);
    RetrieveOptions options = new RetrieveOptions();
    options.maxObjects = PAGE;
    return vsphere.inOneSession(() -> pages(filter, options));
  }

  private Map<Moref, Map<String, VimData>> pages(
      PropertyFilterSpec filter, RetrieveOptions options) {
    Map<Moref, Map<String, VimData>> all = new LinkedHashMap<>();
    ManagedObjectReference collector = vsphere.service("propertyCollector");
    long seen = vsphere.logins();
    RetrieveResult page =
        vsphere.call(
            vim -> vim.retrievePropertiesEx(collector, new PropertyFilterSpec[] {filter}, options));
    while (page != null) {
      if (page.objects != null) {
        for (ObjectContent each : page.objects) {
          all.put(VSphere.moref(each.obj), values(each.propSet));
          if (refused(each.missingSet)) {
            vsphere.relogin(seen);
            throw VSphereFault.named("NotAuthenticated", "Properties of " + each.obj.getVal());
          }
        }
      }
      String token = page.token;
      page =
          token == null
              ? null
              : vsphere.call(vim -> vim.continueRetrievePropertiesEx(collector, token));
    }
    return all;
  }

  private static boolean refused(MissingProperty @Nullable [] missing) {
    if (missing != null) {
      for (MissingProperty each : missing) {
        if (each.fault != null
            && each.fault.fault != null
            && each.fault.fault.getClass().getSimpleName().equals("NotAuthenticated")) {
          return true;
        }
      }
    }
    return false;
  }

  static Map<String, VimData> values(DynamicProperty @Nullable [] properties) {
    Map<String, VimData> values = new HashMap<>();
    if (properties != null) {
      for (DynamicProperty each : properties) {
        if (each.val instanceof VimData data) {
          values.put(each.name, data);
        }
      }
    }
    return values;
  }

  static PropertySpec spec(String type, Collection<String> paths) {
    PropertySpec spec = new PropertySpec();
    spec.type = type;
    spec.all = false;
    spec.pathSet = paths.toArray(String[]::new);
    return spec;
  }

  static ObjectSpec objectSpec(ManagedObjectReference object) {
    ObjectSpec spec = new ObjectSpec();
    spec.obj = object;
    spec.skip = false;
    return spec;
  }
}
