// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

/** A value in a field that the schema declares as xsd:anyType: it always carries its xsi:type. */
public record VimAny(Object value) {}
